// Counts lost refusals with net/http: `refusals BASE TRIES`.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

type refusal struct {
	method, path, mediaType, credential string
	status                              int
}

func main() {
	base := os.Args[1]
	tries, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	refusals := []refusal{
		{"POST", "/api/v1/products", "application/json", "Bearer x", 401},
		{"POST", "/api/v1/nowhere", "application/json", "", 404},
		{"PUT", "/api/v1/products", "application/json", "", 405},
		{"POST", "/api/v1/auth/login", "application/json", "", 413},
		{"POST", "/api/v1/auth/login", "text/plain", "", 415},
	}
	client := &http.Client{Transport: &http.Transport{}}
	for _, size := range []int{20000, 100000, 900000, 2000000, 5000000} {
		body := bytes.Repeat([]byte(" "), size)
		for _, refusal := range refusals {
			lost, why := 0, ""
			for turn := 0; turn < tries; turn++ {
				status, err := send(client, base, refusal, body)
				if err != nil {
					lost, why = lost+1, err.Error()
				} else if status != refusal.status {
					lost, why = lost+1, fmt.Sprint("status ", status)
				}
			}
			fmt.Println(size, refusal.status, lost, strings.ReplaceAll(why, "\n", " "))
		}
	}
}

func send(client *http.Client, base string, refusal refusal, body []byte) (int, error) {
	request, err := http.NewRequest(refusal.method, base+refusal.path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", refusal.mediaType)
	if refusal.credential != "" {
		request.Header.Set("Authorization", refusal.credential)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// Makes the typical calls of a new client, using only the generated types. Usage: scenario BASE
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.com/scenario/agora"
)

func must(ok bool, what string, more ...any) {
	if !ok {
		fmt.Fprintln(os.Stderr, append([]any{"not so:", what}, more...)...)
		os.Exit(1)
	}
}

// refused returns the problem in the error of a call.
func refused(err error) agora.Problem {
	var failure *agora.GenericOpenAPIError
	must(errors.As(err, &failure), "the error is one of the client's", err)
	problem, ok := failure.Model().(agora.Problem)
	must(ok, "its model is a problem")
	return problem
}

func main() {
	configuration := agora.NewConfiguration()
	configuration.Servers = agora.ServerConfigurations{{URL: os.Args[1]}}
	client := agora.NewAPIClient(configuration)
	ctx := context.Background()
	account := *agora.NewUserRegister("go@example.com", "go", "a-long-enough-secret")
	registered, _, err := client.AuthAPI.RegisterUser(ctx).UserRegister(account).Execute()
	must(err == nil && registered.Username == "go", "register", err)
	login, _, err := client.AuthAPI.LogIn(ctx).Credentials(*agora.NewCredentials("johnd", "m38rmF$")).Execute()
	must(err == nil, "log in", err)
	ctx = context.WithValue(ctx, agora.ContextAccessToken, login.Access)
	me, _, err := client.AuthAPI.GetMe(ctx).Execute()
	must(err == nil && me.Username == "johnd", "who am I", err)

	page, _, err := client.ProductsAPI.ListProducts(ctx).Limit(5).Execute()
	must(err == nil && len(page.Results) == 5 && page.Count >= 20, "a page of products", err)
	found, _, err := client.ProductsAPI.ListProductsByCategories(ctx).CategoryIds([]int64{1, 2}).Execute()
	must(err == nil && len(found) > 0, "products of categories", err)
	carts, _, err := client.CartsAPI.ListCarts(ctx).UserId(1).Execute()
	must(err == nil && len(carts) == 2, "carts of a user", err)

	_, read, err := client.CategoriesAPI.GetCategory(ctx, "3").Execute()
	must(err == nil, "a category", err)
	_, unchanged, _ := client.CategoriesAPI.GetCategory(ctx, "3").IfNoneMatch(read.Header.Get("ETag")).Execute()
	must(unchanged.StatusCode == http.StatusNotModified, "304", unchanged.Status)

	key := "go-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	wanted := *agora.NewCategoryCreate("made by Go " + key)
	category, _, err := client.CategoriesAPI.CreateCategory(ctx).CategoryCreate(wanted).IdempotencyKey(key).Execute()
	must(err == nil, "create a category", err)
	again, replayed, err := client.CategoriesAPI.CreateCategory(ctx).CategoryCreate(wanted).IdempotencyKey(key).Execute()
	must(err == nil && again.Id == category.Id, "the same category", err)
	must(replayed.Header.Get("Idempotency-Replayed") == "true", "replayed")

	id := strconv.FormatInt(category.Id, 10)
	name := "changed by Go " + key
	patch := agora.CategoryPatch{Name: &name}
	_, stale, _ := client.CategoriesAPI.PatchCategory(ctx, id).CategoryPatch(patch).IfMatch(`"00000000000000000000000000000000"`).Execute()
	must(stale.StatusCode == http.StatusPreconditionFailed, "412", stale.Status)
	_, current, err := client.CategoriesAPI.GetCategory(ctx, id).Execute()
	must(err == nil, "the category", err)
	changed, _, err := client.CategoriesAPI.PatchCategory(ctx, id).CategoryPatch(patch).IfMatch(current.Header.Get("ETag")).Execute()
	must(err == nil && changed.Name == name, "change it", err)

	draft := agora.NewProductCreate("Chair", "Of oak", 99999.99, "")
	draft.Categories = []int64{category.Id}
	product, _, err := client.ProductsAPI.CreateProduct(ctx).ProductCreate(*draft).Execute()
	must(err == nil, "create a product", err)
	product, _, err = client.ProductsAPI.GetProduct(ctx, strconv.FormatInt(product.Id, 10)).Execute()
	must(err == nil && product.Price == 99999.99, "its price is exact", err)

	// What was read goes back with a change.
	replace := agora.NewProductReplace("Armchair", product.Description, product.Price, product.Image)
	replace.Id, replace.Uuid, replace.CreatedAt = &product.Id, &product.Uuid, &product.CreatedAt
	replace.UpdatedAt, replace.Rating, replace.CategoryIds = product.UpdatedAt, product.Rating, []int64{category.Id}
	replaced, _, err := client.ProductsAPI.ReplaceProduct(ctx, strconv.FormatInt(product.Id, 10)).ProductReplace(*replace).Execute()
	must(err == nil && replaced.Title == "Armchair" && replaced.Categories[0].Id == category.Id, "replace it", err)

	_, answer, err := client.CategoriesAPI.CreateCategory(ctx).CategoryCreate(agora.CategoryCreate{}).Execute()
	must(err != nil && answer.StatusCode == http.StatusBadRequest, "400", answer.Status)
	problem := refused(err)
	must(problem.Error.Code == agora.VALIDATION_ERROR, "its code", problem.Error.Code)
	must((*problem.Error.Details.Fields)["name"][0].Rule == "minLength", "its rule")

	session := *agora.NewRefreshCredential(login.Refresh)
	_, _, err = client.AuthAPI.LogOut(ctx).RefreshCredential(session).Execute()
	must(err == nil, "log out", err)
	_, ended, _ := client.AuthAPI.RefreshToken(ctx).RefreshCredential(session).Execute()
	must(ended.StatusCode == http.StatusUnauthorized, "401", ended.Status)
}

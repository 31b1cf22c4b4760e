//! The operations of one tag: their statics, types, trait and routes.
#![allow(
    clippy::doc_markdown,
    clippy::large_enum_variant,
    clippy::too_many_lines,
    clippy::too_many_arguments,
    unused_imports,
    unused_mut,
    unused_variables
)]

use std::future::Future;

use agora_contract::{Admitted, Answer, Failure, Hooks, Idempotency, Operation, Reply, Who, admit, finish};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing;
use serde::Deserialize;

use crate::models;

/// POST /api/v1/auth/login
pub static CREATE_LOGIN: Operation = Operation {
    id: "create_login",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/login",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: 16384,
};

/// The answers of POST /api/v1/auth/login that are not errors.
#[derive(Debug)]
pub enum CreateLoginResponse {
    /// The tokens (access for 15 minutes, refresh for 30 days and once), and whose they are.
    Status200 {
        /// The body.
        body: models::Login,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateLoginResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_login<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_LOGIN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_login(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/logout
pub static CREATE_LOGOUT: Operation = Operation {
    id: "create_logout",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/logout",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
};

/// The answers of POST /api/v1/auth/logout that are not errors.
#[derive(Debug)]
pub enum CreateLogoutResponse {
    /// It is ended.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateLogoutResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_logout<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_LOGOUT;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_logout(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/logout-all
pub static CREATE_LOGOUT_ALL: Operation = Operation {
    id: "create_logout_all",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/logout-all",
    deprecated: false,
    sunset: "",
    who: Who::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: Operation::BODY_LIMIT,
};

/// The answers of POST /api/v1/auth/logout-all that are not errors.
#[derive(Debug)]
pub enum CreateLogoutAllResponse {
    /// They are ended.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateLogoutAllResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_logout_all<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_LOGOUT_ALL;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.create_logout_all(&parts, caller).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/password
pub static CREATE_PASSWORD: Operation = Operation {
    id: "create_password",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/password",
    deprecated: false,
    sunset: "",
    who: Who::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 5,
    body_limit: 16384,
};

/// The answers of POST /api/v1/auth/password that are not errors.
#[derive(Debug)]
pub enum CreatePasswordResponse {
    /// It is changed.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreatePasswordResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_password<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_PASSWORD;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_password(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/refresh
pub static CREATE_REFRESH: Operation = Operation {
    id: "create_refresh",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/refresh",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
};

/// The answers of POST /api/v1/auth/refresh that are not errors.
#[derive(Debug)]
pub enum CreateRefreshResponse {
    /// The new pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateRefreshResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_refresh<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_REFRESH;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_refresh(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/register
pub static CREATE_REGISTRATION: Operation = Operation {
    id: "create_registration",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/register",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 4,
    body_limit: 16384,
};

/// The answers of POST /api/v1/auth/register that are not errors.
#[derive(Debug)]
pub enum CreateRegistrationResponse {
    /// The account, and the tokens of its first session.
    Status201 {
        /// The body.
        body: models::Registration,
        /// `Location`
        location: Option<String>,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateRegistrationResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status201 { body, location } => Reply::new(201)
                .header("Location", location.map(|value| value.to_string()))
                .json("application/json", &body)
                .finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_registration<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_REGISTRATION;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_registration(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/token
pub static CREATE_TOKEN: Operation = Operation {
    id: "create_token",
    tag: "auth",
    method: "POST",
    path: "/api/v1/token",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: 16384,
};

/// The answers of POST /api/v1/token that are not errors.
#[derive(Debug)]
pub enum CreateTokenResponse {
    /// The pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateTokenResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_token<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_TOKEN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_token(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/token/refresh
pub static CREATE_TOKEN_REFRESH: Operation = Operation {
    id: "create_token_refresh",
    tag: "auth",
    method: "POST",
    path: "/api/v1/token/refresh",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
};

/// The answers of POST /api/v1/token/refresh that are not errors.
#[derive(Debug)]
pub enum CreateTokenRefreshResponse {
    /// The new pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for CreateTokenRefreshResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn create_token_refresh<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CREATE_TOKEN_REFRESH;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.create_token_refresh(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// GET /.well-known/jwks.json
pub static GET_JWKS: Operation = Operation {
    id: "get_jwks",
    tag: "auth",
    method: "GET",
    path: "/.well-known/jwks.json",
    deprecated: false,
    sunset: "",
    who: Who::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
};

/// The answers of GET /.well-known/jwks.json that are not errors.
#[derive(Debug)]
pub enum GetJwksResponse {
    /// The keys.
    Status200 {
        /// The body.
        body: models::KeySet,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for GetJwksResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_jwks<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &GET_JWKS;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.get_jwks(&parts, caller).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// GET /api/v1/auth/me
pub static GET_ME: Operation = Operation {
    id: "get_me",
    tag: "auth",
    method: "GET",
    path: "/api/v1/auth/me",
    deprecated: false,
    sunset: "",
    who: Who::named("user"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
};

/// The answers of GET /api/v1/auth/me that are not errors.
#[derive(Debug)]
pub enum GetMeResponse {
    /// The caller.
    Status200 {
        /// The body.
        body: models::Me,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for GetMeResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => Reply::new(200).json("application/json", &body).finish(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_me<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &GET_ME;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.get_me(&parts, caller).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// What the server does for this tag. A method is called with a request that keeps the contract, by a caller who may.
pub trait Auth: Hooks {
    /// POST /api/v1/auth/login: Exchange a name and a password for a pair of tokens
    fn create_login(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::LoginCreate,
    ) -> impl Future<Output = Result<CreateLoginResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout: End the session of a refresh token
    fn create_logout(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::LogoutCreate,
    ) -> impl Future<Output = Result<CreateLogoutResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout-all: End all sessions of the caller
    fn create_logout_all(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<CreateLogoutAllResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/password: Change the caller's password
    fn create_password(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::PasswordCreate,
    ) -> impl Future<Output = Result<CreatePasswordResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/refresh: Exchange a refresh token for a new pair
    fn create_refresh(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::RefreshCreate,
    ) -> impl Future<Output = Result<CreateRefreshResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/register: Make an account, and sign in with it
    fn create_registration(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::RegistrationCreate,
    ) -> impl Future<Output = Result<CreateRegistrationResponse, Self::Error>> + Send;

    /// POST /api/v1/token: Exchange a name and a password for a pair of tokens
    fn create_token(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::TokenCreate,
    ) -> impl Future<Output = Result<CreateTokenResponse, Self::Error>> + Send;

    /// POST /api/v1/token/refresh: Exchange a refresh token for a new pair
    fn create_token_refresh(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::TokenRefreshCreate,
    ) -> impl Future<Output = Result<CreateTokenRefreshResponse, Self::Error>> + Send;

    /// GET /.well-known/jwks.json: The keys that access tokens are signed with
    fn get_jwks(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<GetJwksResponse, Self::Error>> + Send;

    /// GET /api/v1/auth/me: Who the caller is
    fn get_me(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<GetMeResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Auth>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/auth/login", routing::post(create_login::<S>))
        .route("/api/v1/auth/logout", routing::post(create_logout::<S>))
        .route("/api/v1/auth/logout-all", routing::post(create_logout_all::<S>))
        .route("/api/v1/auth/password", routing::post(create_password::<S>))
        .route("/api/v1/auth/refresh", routing::post(create_refresh::<S>))
        .route("/api/v1/auth/register", routing::post(create_registration::<S>))
        .route("/api/v1/token", routing::post(create_token::<S>))
        .route("/api/v1/token/refresh", routing::post(create_token_refresh::<S>))
        .route("/.well-known/jwks.json", routing::get(get_jwks::<S>))
        .route("/api/v1/auth/me", routing::get(get_me::<S>))
}

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

/// POST /api/v1/auth/password
pub static CHANGE_PASSWORD: Operation = Operation {
    id: "change_password",
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
pub enum ChangePasswordResponse {
    /// It is changed.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for ChangePasswordResponse {
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

async fn change_password<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &CHANGE_PASSWORD;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.change_password(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
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

/// POST /api/v1/auth/login
pub static LOG_IN: Operation = Operation {
    id: "log_in",
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
pub enum LogInResponse {
    /// The tokens (access for 15 minutes, refresh for 30 days and once), and whose they are.
    Status200 {
        /// The body.
        body: models::Login,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for LogInResponse {
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

async fn log_in<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &LOG_IN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.log_in(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/logout
pub static LOG_OUT: Operation = Operation {
    id: "log_out",
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
pub enum LogOutResponse {
    /// It is ended.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for LogOutResponse {
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

async fn log_out<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &LOG_OUT;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.log_out(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/logout-all
pub static LOG_OUT_EVERYWHERE: Operation = Operation {
    id: "log_out_everywhere",
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
pub enum LogOutEverywhereResponse {
    /// They are ended.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for LogOutEverywhereResponse {
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

async fn log_out_everywhere<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &LOG_OUT_EVERYWHERE;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome = async { server.log_out_everywhere(&parts, caller).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/token
pub static OBTAIN_TOKEN: Operation = Operation {
    id: "obtain_token",
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
pub enum ObtainTokenResponse {
    /// The pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for ObtainTokenResponse {
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

async fn obtain_token<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &OBTAIN_TOKEN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.obtain_token(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/refresh
pub static REFRESH_SESSION: Operation = Operation {
    id: "refresh_session",
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
pub enum RefreshSessionResponse {
    /// The new pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for RefreshSessionResponse {
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

async fn refresh_session<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &REFRESH_SESSION;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.refresh_session(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/token/refresh
pub static REFRESH_TOKEN: Operation = Operation {
    id: "refresh_token",
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
pub enum RefreshTokenResponse {
    /// The new pair.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for RefreshTokenResponse {
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

async fn refresh_token<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &REFRESH_TOKEN;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.refresh_token(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// POST /api/v1/auth/register
pub static REGISTER_USER: Operation = Operation {
    id: "register_user",
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
pub enum RegisterUserResponse {
    /// The account, and the tokens of its first session.
    Status201 {
        /// The body.
        body: models::Registration,
        /// Its path.
        location: Option<String>,
    },
    /// Bytes that are made already.
    Raw(Response),
}

impl Answer for RegisterUserResponse {
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

async fn register_user<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let operation = &REGISTER_USER;
    let Admitted { parts, caller, mut input } = match admit(&server, operation, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let outcome =
        async { server.register_user(&parts, caller, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    finish(&server, operation, &parts, outcome)
}

/// What the server does for this tag. A method is called with a request that keeps the contract, by a caller who may.
pub trait Auth: Hooks {
    /// POST /api/v1/auth/password: Change the password
    fn change_password(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::PasswordChange,
    ) -> impl Future<Output = Result<ChangePasswordResponse, Self::Error>> + Send;

    /// GET /.well-known/jwks.json: Get the public keys of access tokens
    fn get_jwks(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<GetJwksResponse, Self::Error>> + Send;

    /// GET /api/v1/auth/me: Get the account of the caller
    fn get_me(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<GetMeResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/login: Log in
    fn log_in(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::Credentials,
    ) -> impl Future<Output = Result<LogInResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout: Log out
    fn log_out(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<LogOutResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout-all: Log out everywhere
    fn log_out_everywhere(
        &self,
        request: &Parts,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<LogOutEverywhereResponse, Self::Error>> + Send;

    /// POST /api/v1/token: Obtain a pair of tokens
    fn obtain_token(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::Credentials,
    ) -> impl Future<Output = Result<ObtainTokenResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/refresh: Refresh a session
    fn refresh_session(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<RefreshSessionResponse, Self::Error>> + Send;

    /// POST /api/v1/token/refresh: Refresh a pair of tokens
    fn refresh_token(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<RefreshTokenResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/register: Register an account
    fn register_user(
        &self,
        request: &Parts,
        caller: Self::Caller,
        body: models::UserRegister,
    ) -> impl Future<Output = Result<RegisterUserResponse, Self::Error>> + Send;
}

/// Adds the routes of this tag.
pub fn routes<S: Auth>(router: Router<S>) -> Router<S> {
    router
        .route("/api/v1/auth/password", routing::post(change_password::<S>))
        .route("/.well-known/jwks.json", routing::get(get_jwks::<S>))
        .route("/api/v1/auth/me", routing::get(get_me::<S>))
        .route("/api/v1/auth/login", routing::post(log_in::<S>))
        .route("/api/v1/auth/logout", routing::post(log_out::<S>))
        .route("/api/v1/auth/logout-all", routing::post(log_out_everywhere::<S>))
        .route("/api/v1/token", routing::post(obtain_token::<S>))
        .route("/api/v1/auth/refresh", routing::post(refresh_session::<S>))
        .route("/api/v1/token/refresh", routing::post(refresh_token::<S>))
        .route("/api/v1/auth/register", routing::post(register_user::<S>))
}

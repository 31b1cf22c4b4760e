//! Operations of one tag: statics, types, trait and routes.
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

use agora_runtime::{
    Access, ApiResponse, Failure, Hooks, Idempotency, Operation, PageHeaders, PageParameters, PageQuery,
    PageResponse, RequestContext, ResponseBuilder, callers, into_response, validate_request,
};
use axum::Router;
use axum::extract::{Request, State};
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
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 5,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/password.
#[derive(Debug)]
pub enum ChangePasswordResponse {
    /// Password changed.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ChangePasswordResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn change_password<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &CHANGE_PASSWORD, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.change_password(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /.well-known/jwks.json
pub static GET_JWKS: Operation = Operation {
    id: "get_jwks",
    tag: "auth",
    method: "GET",
    path: "/.well-known/jwks.json",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "none",
    sql_round_trips: 0,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /.well-known/jwks.json.
#[derive(Debug)]
pub enum GetJwksResponse {
    /// The public keys.
    Status200 {
        /// The body.
        body: models::KeySet,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetJwksResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_jwks<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_JWKS, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_jwks(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// GET /api/v1/auth/me
pub static GET_ME: Operation = Operation {
    id: "get_me",
    tag: "auth",
    method: "GET",
    path: "/api/v1/auth/me",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "read",
    idempotency: Idempotency::named("none", "GET"),
    rate_limit: "public",
    sql_round_trips: 1,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of GET /api/v1/auth/me.
#[derive(Debug)]
pub enum GetMeResponse {
    /// The account.
    Status200 {
        /// The body.
        body: models::Me,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for GetMeResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn get_me<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &GET_ME, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.get_me(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/auth/login
pub static LOG_IN: Operation = Operation {
    id: "log_in",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/login",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/login.
#[derive(Debug)]
pub enum LogInResponse {
    /// Signed in. The access token is valid for 15 minutes. The refresh token is valid for 30 days and one exchange.
    Status200 {
        /// The body.
        body: models::Login,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for LogInResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn log_in<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LOG_IN, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.log_in(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/auth/logout
pub static LOG_OUT: Operation = Operation {
    id: "log_out",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/logout",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/logout.
#[derive(Debug)]
pub enum LogOutResponse {
    /// Signed out.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for LogOutResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn log_out<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LOG_OUT, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.log_out(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/auth/logout-all
pub static LOG_OUT_EVERYWHERE: Operation = Operation {
    id: "log_out_everywhere",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/logout-all",
    deprecated: false,
    sunset: "",
    who: Access::named("user"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: Operation::BODY_LIMIT,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/logout-all.
#[derive(Debug)]
pub enum LogOutEverywhereResponse {
    /// Signed out everywhere.
    Status200 {
        /// The body.
        body: models::Detail,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for LogOutEverywhereResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn log_out_everywhere<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &LOG_OUT_EVERYWHERE, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.log_out_everywhere(&context).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/token
pub static OBTAIN_TOKEN: Operation = Operation {
    id: "obtain_token",
    tag: "auth",
    method: "POST",
    path: "/api/v1/token",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 2,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/token.
#[derive(Debug)]
pub enum ObtainTokenResponse {
    /// Token pair created.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for ObtainTokenResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn obtain_token<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &OBTAIN_TOKEN, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.obtain_token(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/auth/refresh
pub static REFRESH_SESSION: Operation = Operation {
    id: "refresh_session",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/refresh",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/refresh.
#[derive(Debug)]
pub enum RefreshSessionResponse {
    /// Session refreshed.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for RefreshSessionResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn refresh_session<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REFRESH_SESSION, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.refresh_session(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/token/refresh
pub static REFRESH_TOKEN: Operation = Operation {
    id: "refresh_token",
    tag: "auth",
    method: "POST",
    path: "/api/v1/token/refresh",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 1,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/token/refresh.
#[derive(Debug)]
pub enum RefreshTokenResponse {
    /// Token pair refreshed.
    Status200 {
        /// The body.
        body: models::TokenPair,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for RefreshTokenResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status200 { body } => {
                ResponseBuilder::with_status(200).json("application/json", &body).build()
            }
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn refresh_token<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REFRESH_TOKEN, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.refresh_token(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// POST /api/v1/auth/register
pub static REGISTER_USER: Operation = Operation {
    id: "register_user",
    tag: "auth",
    method: "POST",
    path: "/api/v1/auth/register",
    deprecated: false,
    sunset: "",
    who: Access::named("public"),
    scope: "write",
    idempotency: Idempotency::named("none", "POST"),
    rate_limit: "credentials",
    sql_round_trips: 4,
    body_limit: 16384,
    page_size: 0,
};

/// Success responses of POST /api/v1/auth/register.
#[derive(Debug)]
pub enum RegisterUserResponse {
    /// Account registered.
    Status201 {
        /// The body.
        body: models::Registration,
        /// Path of the user.
        location: Option<String>,
    },
    /// A complete response.
    Raw(Response),
}

impl ApiResponse for RegisterUserResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Status201 { body, location } => ResponseBuilder::with_status(201)
                .header("Location", location.map(|value| value.to_string()))
                .json("application/json", &body)
                .build(),
            Self::Raw(response) => response,
        }
    }

    fn raw(response: Response) -> Self {
        Self::Raw(response)
    }
}

async fn register_user<S: Auth>(State(server): State<S>, request: Request) -> Response {
    let (context, mut input) = match validate_request(&server, &REGISTER_USER, request).await {
        Ok(valid) => valid,
        Err(response) => return response,
    };
    let outcome = async { server.register_user(&context, input.body()?).await.map_err(Failure::Handler) };
    let outcome = outcome.await;
    into_response(&server, &context, outcome)
}

/// Handlers of this tag. A method is called only with a valid request from an authorized caller, whose
/// type says whether it may be anonymous.
pub trait Auth: Hooks {
    /// POST /api/v1/auth/password: Change the password
    fn change_password(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
        body: models::PasswordChange,
    ) -> impl Future<Output = Result<ChangePasswordResponse, Self::Error>> + Send;

    /// GET /.well-known/jwks.json: Get the token signing keys
    fn get_jwks(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetJwksResponse, Self::Error>> + Send;

    /// GET /api/v1/auth/me: Get the current account
    fn get_me(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<GetMeResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/login: Sign in
    fn log_in(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::Credentials,
    ) -> impl Future<Output = Result<LogInResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout: Sign out
    fn log_out(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<LogOutResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/logout-all: Sign out everywhere
    fn log_out_everywhere(
        &self,
        context: &RequestContext<callers::User<Self::Principal>, Self::Arrival>,
    ) -> impl Future<Output = Result<LogOutEverywhereResponse, Self::Error>> + Send;

    /// POST /api/v1/token: Create a token pair
    fn obtain_token(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::Credentials,
    ) -> impl Future<Output = Result<ObtainTokenResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/refresh: Refresh a session
    fn refresh_session(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<RefreshSessionResponse, Self::Error>> + Send;

    /// POST /api/v1/token/refresh: Refresh a token pair
    fn refresh_token(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
        body: models::RefreshCredential,
    ) -> impl Future<Output = Result<RefreshTokenResponse, Self::Error>> + Send;

    /// POST /api/v1/auth/register: Register an account
    fn register_user(
        &self,
        context: &RequestContext<callers::Public<Self::Principal>, Self::Arrival>,
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

//! A customer's browser without JavaScript: it keeps one cookie, and sends forms as browsers do.

use reqwest::{Method, RequestBuilder, header, redirect::Policy};
use serde_json::Value;

use super::{customer::Customer, logs, platform::Platform};

/// What a browser got.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub html: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field. The first one counts.
    pub fn hidden(&self, name: &str) -> &str {
        let field = format!(r#"name="{name}" value=""#);
        self.html.split_once(&field).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value)
    }

    /// The page's first heading.
    pub fn heading(&self) -> &str {
        let heading = self.html.split_once("<h1").and_then(|(_, rest)| rest.split_once('>'));
        heading.and_then(|(_, rest)| rest.split_once("</h1>")).map_or("", |(text, _)| text.trim())
    }
}

#[derive(Debug, Clone)]
pub struct Browser {
    http: reqwest::Client,
    origin: String,
    /// Name and value.
    pub cookie: Option<String>,
}

impl Browser {
    /// One that nobody has signed in with.
    pub fn of(platform: &Platform) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { http, origin: platform.stack.endpoints().api.clone(), cookie: None }
    }

    /// One that has opened a link of a customer.
    pub async fn signed_in(platform: &Platform, customer: &Customer, terms: &Value) -> Self {
        let mut browser = Self::of(platform);
        let opened = browser.open(&customer.link(terms).await).await;
        assert_eq!(opened.status, 303, "{}", opened.html);
        browser
    }

    /// A request that the story finishes and sends.
    pub fn prepare(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.origin));
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub async fn send(&mut self, request: RequestBuilder) -> Page {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if let Some(set) = headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()) {
            let cookie = set.split(';').next().unwrap_or_default();
            if let Some((_, token)) = cookie.split_once('=').filter(|(_, token)| !token.is_empty()) {
                logs::forbid(token);
            }
            self.cookie = Some(cookie.to_owned()).filter(|cookie| !cookie.ends_with('='));
        }
        Page { status, headers, html: response.text().await.unwrap() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(self.prepare(Method::GET, path)).await
    }

    /// Sends a form of this site.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.form(path, fields).header("sec-fetch-site", "same-origin")).await
    }

    /// A form without what says where it comes from.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.prepare(Method::POST, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    /// Opens a link as the script does: what follows `#` is sent as a form.
    pub async fn open(&mut self, link: &str) -> Page {
        let (_, code) = link.split_once('#').unwrap();
        self.post("/portal/enter", &[("code", code)]).await
    }

    /// The session's id, as every form has it.
    pub async fn session(&mut self) -> String {
        let page = self.get("/portal/").await;
        assert_eq!(page.status, 200, "{}", page.html);
        page.hidden("session").to_owned()
    }

    /// The origin of the site.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl Customer {
    /// A session of the portal, as the platform's backend makes it.
    pub async fn portal_session(&self, terms: &Value) -> Value {
        let made = self.post("/portal-sessions", terms).await;
        assert_eq!(made.status, 201, "{:?}", made.json);
        let url = made.data()["url"].as_str().unwrap();
        logs::forbid(url.split_once('#').unwrap().1);
        made.data().clone()
    }

    /// A link to the portal.
    pub async fn link(&self, terms: &Value) -> String {
        self.portal_session(terms).await["url"].as_str().unwrap().to_owned()
    }
}

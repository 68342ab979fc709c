//! Where requests go: one host and one path, checked before anything is sent.

use ureq::http::Uri;

use super::config::Endpoint;
use super::error::ServerError;

/// The address of an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Address {
    /// All of it.
    pub(super) url: String,
    /// Host with port, for messages.
    pub(super) host: String,
    pub(super) path: String,
    /// Whether what is sent cannot be read on the way: over TLS, or within this machine.
    pub(super) private: bool,
}

impl Address {
    /// The endpoint below `url`, to which `/v1` is added where it names a host alone.
    pub(super) fn new(url: &str, endpoint: Endpoint) -> Result<Self, ServerError> {
        let refused = |what: &str| ServerError::Url(what.to_owned());
        // First, so that no message shows what belongs to nobody else.
        if url.contains(['@', '?', '#']) {
            return Err(refused("without user, password or query (put the key into an environment variable)"));
        }
        let shown: String = url.chars().filter(|c| !c.is_control()).take(80).collect();
        let bad = || refused(&format!("got `{shown}`"));
        let uri: Uri = url.trim().parse().map_err(|_| bad())?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(bad)?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or_else(bad)?;
        if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
            return Err(bad());
        }
        let other = match endpoint {
            Endpoint::Chat => Endpoint::Completions,
            Endpoint::Completions => Endpoint::Chat,
        };
        let base = uri.path().trim_end_matches('/');
        let path = match base.strip_suffix(endpoint.path()) {
            // The path of the older endpoint is the end of the newer one's.
            Some(before) if !before.ends_with("/chat") => base.to_owned(),
            _ if base.ends_with(other.path()) => {
                let name = endpoint.path();
                return Err(refused(&format!("which {name} is added to, got `{shown}`")));
            }
            _ if base.is_empty() => format!("/v1{}", endpoint.path()),
            _ => format!("{base}{}", endpoint.path()),
        };
        let host = authority.to_string();
        let private = scheme == "https" || is_this_machine(authority.host());
        Ok(Self { url: format!("{scheme}://{host}{path}"), host, path, private })
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_follow_the_path() {
        let url = |url: &str, endpoint| Address::new(url, endpoint).unwrap().url;
        for given in ["http://a:8080", "http://a:8080/", "http://a:8080/v1", "http://a:8080/v1/chat/completions/"] {
            assert_eq!(url(given, Endpoint::Chat), "http://a:8080/v1/chat/completions");
        }
        for given in ["https://a.b", "https://a.b/v1/", "https://a.b/v1/completions"] {
            assert_eq!(url(given, Endpoint::Completions), "https://a.b/v1/completions");
        }
        assert_eq!(url("https://a/x/openai", Endpoint::Chat), "https://a/x/openai/chat/completions");
        let private = |url: &str| Address::new(url, Endpoint::Chat).unwrap().private;
        assert!(
            private("https://a")
                && private("http://localhost:1")
                && private("http://127.0.0.1")
                && private("http://[::1]:8")
        );
        assert!(!private("http://a") && !private("http://192.168.1.2:8000"));
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        let message = |url: &str| Address::new(url, Endpoint::Chat).unwrap_err().to_string();
        for secret in
            ["http://user:hunter2@a/v1", "https://a/v1?key=hunter2", "http://a/#hunter2", "http:user:hunter2@a"]
        {
            assert!(message(secret).contains("environment variable") && !message(secret).contains("hunter2"));
        }
        for bad in ["", "a", "a:8080", "ftp://a", "http://", "http://a:99999", "http://a b", "/v1", "http://a/\u{1}b"] {
            assert!(message(bad).starts_with("the URL of a server must be http://HOST"), "{bad}: {}", message(bad));
        }
        let chat = Address::new("http://a/v1/chat/completions", Endpoint::Completions).unwrap_err().to_string();
        assert!(chat.contains("which /completions is added to"), "{chat}");
        assert!(message("http://a/v1/completions").contains("which /chat/completions is added to"));
    }
}

//! What every page has around its own content: who is signed in, and how the portal looks here.

use shared::{
    ambient,
    domain::account::session::{Rights, Session},
};

use super::{assets, look::Look, words::visible::line};

/// The frame of a page, for `base.html` and for its forms.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) portal_name: String,
    pub(crate) logo: Option<String>,
    /// Where a customer gets a new link.
    pub(crate) return_url: Option<String>,
    /// Who is signed in; nobody on the pages before that.
    pub(crate) visitor: Option<Visitor>,
    /// Every form carries it, so that a form that is sent twice acts once.
    pub(crate) key: String,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) accent_style: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// Every form carries it, and it must be the cookie's.
    pub(crate) session: String,
    /// The account's name, or its id if it has none.
    pub(crate) account: String,
    pub(crate) profile: String,
    pub(crate) user: Option<String>,
    pub(crate) rights: Rights,
}

impl Visitor {
    pub(crate) fn of(session: &Session, account_name: Option<&str>) -> Self {
        Self {
            session: session.id.to_string(),
            account: account_name.map_or_else(|| session.account.to_string(), line),
            profile: session.profile.to_string(),
            user: session.user.as_deref().map(line),
            rights: session.rights,
        }
    }
}

impl Frame {
    pub(crate) fn new(look: &Look, visitor: Option<Visitor>) -> Self {
        let settings = &look.settings;
        Self {
            portal_name: settings.name.as_str().to_owned(),
            logo: settings.logo.as_ref().map(|logo| logo.as_str().to_owned()),
            return_url: settings.return_url.as_ref().map(|url| url.as_str().to_owned()),
            visitor,
            key: hex::encode(ambient::random::<16>()),
            style: assets::path_of("portal.css"),
            script: assets::path_of("portal.js"),
            accent_style: look.accent.as_ref().map(|sheet| sheet.path.clone()),
        }
    }

    /// The session that forms name.
    pub(crate) fn session(&self) -> &str {
        self.visitor.as_ref().map_or("", |visitor| &visitor.session)
    }

    /// Whether pages show what changes something.
    pub(crate) fn may_change(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.rights == Rights::Manage)
    }
}

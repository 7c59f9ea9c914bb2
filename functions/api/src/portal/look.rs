//! How the portal looks here: what its operator chose, and the small sheet with the accent's colours.

use bytes::Bytes;
use shared::{
    domain::account::{key::KeyHash, portal_path::PORTAL},
    portal::{Accent, PortalSettings, PublicUrl},
};

use super::headers;

/// The name of the accent's sheet, which is no file: every operator has another.
pub(super) const ACCENT_SHEET: &str = "accent.css";

/// The surfaces of `portal.css` in both of its schemes, on which links stand.
const LIGHT: [f64; 3] = [255.0, 255.0, 255.0];
const DARK: [f64; 3] = [22.0, 26.0, 33.0];

/// The least contrast of text, by WCAG 2.2 AA, and a little more for what the sheets round.
const CONTRAST: f64 = 4.6;

/// How the portal looks, made once at the start.
#[derive(Debug)]
pub(crate) struct Look {
    pub(super) settings: PortalSettings,
    pub(super) policy: String,
    pub(super) accent: Option<AccentSheet>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct AccentSheet {
    pub(super) path: String,
    pub(super) hash: String,
    pub(super) text: Bytes,
}

impl Look {
    /// Where the operator says that browsers find the installation.
    pub(crate) fn public_url(&self) -> Option<&PublicUrl> {
        self.settings.public_url.as_ref()
    }

    pub(crate) fn new(settings: PortalSettings) -> Self {
        let policy = headers::policy(settings.logo.as_ref());
        let accent = settings.accent.map(AccentSheet::of);
        Self { settings, policy, accent }
    }
}

impl AccentSheet {
    fn of(accent: Accent) -> Self {
        let text = sheet(accent.rgb().map(f64::from));
        let hash = KeyHash::of(&text).key_id();
        Self { path: format!("{PORTAL}/assets/{hash}/{ACCENT_SHEET}"), hash, text: text.into() }
    }
}

/// The sheet, which comes after `portal.css`.
fn sheet(accent: [f64; 3]) -> String {
    let (light, dark) = (scheme(accent, LIGHT), scheme(accent, DARK));
    format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
}

fn scheme(accent: [f64; 3], surface: [f64; 3]) -> String {
    let link = readable_on(accent, surface);
    format!("--accent:{};--on-accent:{};--link:{}", hex_of(accent), hex_of(text_on(accent)), hex_of(link))
}

/// Black or white, whichever is easier to read on this colour. One of them always has a contrast above 4.5.
fn text_on(colour: [f64; 3]) -> [f64; 3] {
    let (black, white) = ([0.0; 3], [255.0; 3]);
    if contrast(black, colour) > contrast(white, colour) { black } else { white }
}

/// The colour, mixed with black or white until it can be read on this surface.
fn readable_on(colour: [f64; 3], surface: [f64; 3]) -> [f64; 3] {
    let end = text_on(surface);
    let mixed = |step: u8| {
        let share = f64::from(step) / 20.0;
        std::array::from_fn(|part| {
            let (from, to) = (colour.get(part).copied().unwrap_or(0.0), end.get(part).copied().unwrap_or(0.0));
            (from + (to - from) * share).round()
        })
    };
    (0..=20).map(mixed).find(|mixed| contrast(*mixed, surface) >= CONTRAST).unwrap_or(end)
}

/// The contrast of two colours, by WCAG.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn hex_of(colour: [f64; 3]) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    let bytes = colour.map(|part| part.round().clamp(0.0, 255.0) as u8);
    format!("#{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: [&str; 8] = ["#000000", "#ffffff", "#2a49b8", "#ffcc00", "#767676", "#ff0000", "#00ff00", "#808080"];

    #[test]
    fn text_on_any_accent_and_links_on_any_surface_can_be_read() {
        for text in COLOURS {
            let accent = Accent::parse(text).unwrap().rgb().map(f64::from);
            assert!(contrast(text_on(accent), accent) >= 4.5, "{text}");
            for surface in [LIGHT, DARK] {
                assert!(contrast(readable_on(accent, surface), surface) >= 4.5, "{text} on {surface:?}");
            }
        }
    }

    #[test]
    fn black_on_white_has_the_greatest_contrast() {
        assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 0.001);
    }

    #[test]
    fn the_sheet_names_the_accent_in_both_schemes() {
        let sheet = AccentSheet::of(Accent::parse("#fc0").unwrap());
        let text = std::str::from_utf8(&sheet.text).unwrap();
        assert_eq!(text.matches("--accent:#ffcc00;--on-accent:#000000;--link:").count(), 2, "{text}");
        assert_eq!(sheet.path, format!("/portal/assets/{}/accent.css", sheet.hash));
    }
}

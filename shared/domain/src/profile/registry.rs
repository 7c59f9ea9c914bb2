//! The profiles of one installation.

use std::collections::HashMap;

use super::{
    super::{attempt::schedule::RetryScale, ids::ProfileName},
    Profile,
    file::{ProfileError, parse},
};

/// Every file of `profiles/`, listed by the build script.
pub(super) const FILES: &[&str] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// All profiles of this installation.
#[derive(Debug)]
pub struct Profiles(HashMap<ProfileName, Profile>);

impl Profiles {
    /// Those of `profiles/`.
    ///
    /// # Panics
    /// If one of them is invalid. A test reads each of them, so such a build is never shipped.
    #[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
    pub fn built_in() -> Self {
        Self::parse_all(FILES).expect("the built-in profiles are valid")
    }

    /// Reads some files. Names and base paths must differ.
    pub fn parse_all(files: &[&str]) -> Result<Self, ProfileError> {
        let mut profiles: HashMap<ProfileName, Profile> = HashMap::new();
        for file in files {
            let profile = parse(file)?;
            let taken =
                profiles.values().any(|other| other.base_path == profile.base_path || other.name == profile.name);
            if taken {
                let problem = "another profile has the same name or base_path";
                return Err(ProfileError::Invalid { profile: profile.name.to_string(), problem });
            }
            profiles.insert(profile.name.clone(), profile);
        }
        Ok(Self(profiles))
    }

    /// The same profiles with their delays and spans multiplied.
    pub fn scaled(self, scale: RetryScale) -> Self {
        Self(self.0.into_iter().map(|(name, profile)| (name, profile.scaled(scale))).collect())
    }

    pub fn get(&self, name: &ProfileName) -> Option<&Profile> {
        self.0.get(name)
    }

    /// The profile that somebody named in a request, on a command line, or in a test.
    pub fn by_name(&self, name: &str) -> Option<&Profile> {
        self.get(&ProfileName::parse(name).ok()?)
    }

    /// The profile whose base path is the longest that begins `path`, and what of the path is left.
    pub fn by_path<'p>(&self, path: &'p str) -> Option<(&Profile, &'p str)> {
        let below = |profile: &Profile| {
            path.strip_prefix(profile.base_path.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let candidates = self.0.values().filter_map(|profile| below(profile).map(|rest| (profile, rest)));
        candidates.max_by_key(|(profile, _)| profile.base_path.len())
    }

    /// All of them, by base path.
    pub fn all(&self) -> Vec<&Profile> {
        let mut all: Vec<_> = self.0.values().collect();
        all.sort_by(|a, b| a.base_path.cmp(&b.base_path));
        all
    }
}

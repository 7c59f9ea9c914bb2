//! In which ways a part of the data satisfies a filter.

/// A set of ways, as bits. See [`super::plan`].
pub(super) type Ways = u64;

/// By what the ways hold in a part of the data. A way that asks nothing of that part holds by absence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holding {
    /// Because none of the leaves that the way names there is there.
    pub(super) by_absence: Ways,
    /// Because of a leaf that is there. Inside an array, this leaf's element is the one that the way speaks of.
    pub(super) by_presence: Ways,
}

impl Holding {
    pub(super) const ALL: Self = Self { by_absence: Ways::MAX, by_presence: 0 };

    pub(super) fn any(self) -> Ways {
        self.by_absence | self.by_presence
    }

    /// Two parts of one object: a way must hold in both.
    pub(super) fn and(self, other: Self) -> Self {
        let by_presence = self.any() & other.any() & (self.by_presence | other.by_presence);
        Self { by_absence: self.by_absence & other.by_absence, by_presence }
    }

    /// Two elements of one array: what is present in one is enough, what is absent must be so in both.
    pub(super) fn or(self, other: Self) -> Self {
        let by_presence = self.by_presence | other.by_presence;
        Self { by_absence: self.by_absence & other.by_absence, by_presence }
    }
}

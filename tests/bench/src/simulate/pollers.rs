//! Lambda's event source mappings: how many executions a queue gets, and when it gets more.

/// How many executions a mapping has at first, and when little happens.
const LEAST: usize = 5;

/// How a mapping comes to its maximum concurrency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// From five on, by one every 200 ms while all are busy: 300 a minute.
    Gradual,
    /// It has been busy for long: all executions are there.
    Warm,
}

/// The pollers of one queue. Each place is one execution's.
#[derive(Debug)]
pub struct Pollers {
    most: usize,
    scaling: Scaling,
    level: usize,
    busy: usize,
    free: Vec<usize>,
}

impl Pollers {
    pub fn new(most: usize, scaling: Scaling) -> Self {
        let level = if scaling == Scaling::Warm { most } else { most.min(LEAST) };
        Self { most, scaling, level, busy: 0, free: (0..most).rev().collect() }
    }

    #[cfg(test)]
    pub fn level(&self) -> usize {
        self.level
    }

    pub fn busy(&self) -> usize {
        self.busy
    }

    pub fn has_free(&self) -> bool {
        self.busy < self.level
    }

    /// Takes a place for a batch.
    pub fn take(&mut self) -> Option<usize> {
        if !self.has_free() {
            return None;
        }
        let place = self.free.pop()?;
        self.busy += 1;
        Some(place)
    }

    pub fn give_back(&mut self, place: usize) {
        self.busy -= 1;
        self.free.push(place);
    }

    /// A step of 200 ms: one more while all are busy, one less while most are idle.
    pub fn step(&mut self) {
        if self.scaling == Scaling::Warm {
            return;
        }
        let idle = self.level.saturating_sub(self.busy);
        match idle {
            0 => self.level = (self.level + 1).min(self.most),
            idle if idle > self.level / 2 => self.shrink(),
            _ => {}
        }
    }

    /// Lambda had no execution left: the mapping asks for less. How fast it really does, AWS does not document.
    pub fn throttled(&mut self) {
        self.shrink();
    }

    fn shrink(&mut self) {
        self.level = (self.level - 1).max(LEAST.min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_mapping_gets_300_executions_a_minute() {
        let mut pollers = Pollers::new(400, Scaling::Gradual);
        let mut steps = 0;
        while pollers.level() < 400 {
            while pollers.take().is_some() {}
            pollers.step();
            steps += 1;
        }
        // 395 more, five a second: 79 s.
        assert_eq!(steps, 79 * 5);
    }

    #[test]
    fn an_idle_mapping_keeps_five() {
        let mut pollers = Pollers::new(100, Scaling::Gradual);
        for _ in 0..50 {
            while pollers.take().is_some() {}
            pollers.step();
        }
        assert_eq!(pollers.level(), 55);
        let busy = pollers.busy();
        (0..busy).for_each(|place| pollers.give_back(place));
        (0..1_000).for_each(|_| pollers.step());
        assert_eq!(pollers.level(), 5);
    }
}

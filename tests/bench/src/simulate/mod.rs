//! An installation at sizes that no machine here has: a simulation by discrete events.
mod agenda;
mod arithmetic;
mod counting;
mod delivery;
mod intake;
mod measured;
mod pollers;
mod population;
mod queue;
mod scenarios;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod world;

pub fn try_out() -> anyhow::Result<()> {
    let t = std::time::Instant::now();
    for bound in arithmetic::bounds(&settings::Settings::defaults()?, population::Mix::good().good)? { crate::say::say(&format!("{bound:?}")); }
    for f in [scenarios::sizes, scenarios::neighbours, scenarios::backlogs] {
        for ran in f()? { crate::say::say(&format!("{ran:#?}")); }
        crate::say::say(&format!("{:?}", t.elapsed()));
    }
    Ok(())
}

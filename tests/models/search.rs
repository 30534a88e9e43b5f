//! How the models are searched: through to the end, with the number of states asserted and printed.

use std::{fmt::Debug, hash::Hash, time::Instant};

use stateright::{Checker, HasDiscoveries, Model};

/// Searches a model through. Fails, with the trace, where an `always` property breaks, where a `sometimes` property has
/// no example, or where another number of states was found: a model that lost its actions cannot pass.
pub(crate) fn holds<M>(name: &str, model: M, states: usize)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + Debug + PartialEq,
{
    let start = Instant::now();
    let checker = model.checker().spawn_bfs().join();
    let found = checker.unique_state_count();
    println!("{name}: {found} states, depth {}, in {:.1?}", checker.max_depth(), start.elapsed());
    checker.assert_properties();
    assert_eq!(found, states, "{name}: another number of states than written down");
}

/// Searches a model that has a mistake in it, and prints how the property breaks. Fails if it does not.
pub(crate) fn finds<M>(name: &str, model: M, property: &'static str)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + Debug + PartialEq,
{
    let checker = model.checker().finish_when(HasDiscoveries::AllOf([property].into())).spawn_bfs().join();
    let Some(path) = checker.discovery(property) else {
        panic!("{name}: nothing breaks '{property}' in {} states", checker.unique_state_count());
    };
    let steps = path.into_vec();
    println!("{name}: '{property}' breaks from {:?}", steps[0].0);
    for action in steps.iter().filter_map(|(_, action)| action.as_ref()) {
        println!("    {action:?}");
    }
}

//! Exhaustive models of the rules that cut across groups. Each says what it asks; `cargo test --test models --
//! --nocapture` prints how many states were searched and how the planted mistakes break.

mod amendments;
mod capacity;
mod closer;
mod electorates;
mod evidence;
mod homes;
mod matter;
mod moved;
mod panels;
mod rivals;
mod rounds;
mod search;
mod successors;
mod terms;
mod timing;
mod versions;
mod weights;

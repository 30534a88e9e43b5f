//! A few machines and a transport that loses nothing: the life of a federation from end to end, without a network.

mod amending;
mod deals;
mod guests;
mod joining;
mod leaving;
mod liaisons;
mod matters;
mod moving;
mod panels;
mod rounds;
mod wires;

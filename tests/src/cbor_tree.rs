//! A CBOR writer that can write one value in every way that RFC 8949 knows, for tests that only one of them passes.
//!
//! It shares no code with `ciborium` or the protocol: [`Node::canonical`] is an independent deterministic encoder.

use std::collections::BTreeSet;

use ciborium::Value;

/// What a node of a tree is.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Major type 0.
    Unsigned(u64),
    /// Major type 1: the number −1 − n.
    Negative(u64),
    /// Major type 2.
    Bytes(Vec<u8>),
    /// Major type 3.
    Text(String),
    /// Major type 4.
    Array(Vec<Node>),
    /// Major type 5.
    Map(Vec<(Node, Node)>),
    /// Major type 6.
    Tag(u64, Box<Node>),
    /// Major type 7 in its one-byte form: false, true, null.
    Simple(u8),
    /// Written as it stands.
    Raw(Vec<u8>),
}

/// How the head of a node is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Form {
    /// The number in as few bytes as it takes.
    #[default]
    Shortest,
    /// The number in at least so many bytes: 1, 2, 4 or 8.
    Wide(usize),
    /// Indefinite length; strings in chunks of at most so many bytes.
    Open(usize),
}

/// One item and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub item: Item,
    /// How its head is written.
    pub form: Form,
}

impl From<Item> for Node {
    fn from(item: Item) -> Self {
        Self { item, form: Form::Shortest }
    }
}

impl From<&Value> for Node {
    /// Takes over the value with map entries in the order that they have.
    ///
    /// # Panics
    /// If it holds a float, which no record has.
    fn from(value: &Value) -> Self {
        let item = match value {
            Value::Integer(number) => integer(i128::from(*number)),
            Value::Bytes(bytes) => Item::Bytes(bytes.clone()),
            Value::Text(text) => Item::Text(text.clone()),
            Value::Bool(no) => Item::Simple(20 + u8::from(*no)),
            Value::Null => Item::Simple(22),
            Value::Tag(tag, inner) => Item::Tag(*tag, Box::new(Self::from(&**inner))),
            Value::Array(items) => Item::Array(items.iter().map(Self::from).collect()),
            Value::Map(pairs) => Item::Map(pairs.iter().map(|(key, value)| (key.into(), value.into())).collect()),
            other => panic!("{other:?} is in no record"),
        };
        item.into()
    }
}

impl Node {
    /// A byte string.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Item::Bytes(bytes.into()).into()
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Item::Text(text.to_owned()).into()
    }

    /// An integer of major type 0 or 1.
    pub fn int(number: i128) -> Self {
        integer(number).into()
    }

    /// Null.
    pub fn null() -> Self {
        Item::Simple(22).into()
    }

    /// This node under a tag.
    #[must_use]
    pub fn tagged(self, tag: u64) -> Self {
        Item::Tag(tag, Box::new(self)).into()
    }

    /// The bytes of the tree as its forms say.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_to(&mut out);
        out
    }

    /// The bytes of the tree in deterministic encoding (RFC 8949 §4.2.1): shortest heads, keys sorted by their bytes.
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        head(&mut out, self.major(), self.argument(), 0);
        match &self.item {
            Item::Bytes(bytes) => out.extend(bytes),
            Item::Text(text) => out.extend(text.as_bytes()),
            Item::Array(items) => items.iter().for_each(|item| out.extend(item.canonical())),
            Item::Map(pairs) => {
                let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.canonical(), value.canonical())).collect();
                pairs.sort();
                pairs.into_iter().for_each(|(key, value)| out.extend([key, value].concat()));
            }
            Item::Tag(_, inner) => out.extend(inner.canonical()),
            Item::Unsigned(_) | Item::Negative(_) | Item::Simple(_) => {}
            Item::Raw(_) => panic!("raw bytes have no canonical form"),
        }
        out
    }

    /// Every tree that differs from this one in the writing of one item, by the name of the change; each once.
    ///
    /// None of them is the deterministic encoding of a value that a reader of this tree's type may accept: the
    /// number or length is longer than needed, the item is tagged, in pieces, out of order, twice, left out though
    /// null, there as null though no field or an absent one (`keys`), or said with another CBOR type that lenient
    /// readers take for the same.
    pub fn variants(&self, keys: &[Self]) -> Vec<(String, Self)> {
        self.changed(|node| node.changes(keys))
    }

    /// Every tree with one entry of a map left out, two neighbours of an array swapped, or a pair of numbers doubled.
    ///
    /// Some of them may be the deterministic encoding of another value; the reader's type has to tell.
    pub fn rewrites(&self) -> Vec<(String, Self)> {
        self.changed(|node| match &node.item {
            Item::Map(pairs) => without_one(pairs),
            Item::Array(items) => with_neighbours_swapped(items),
            _ => Vec::new(),
        })
    }

    /// The texts that stand as keys in its maps.
    pub fn text_keys(&self) -> Vec<Self> {
        let own = match &self.item {
            Item::Map(pairs) => pairs.iter().map(|(key, _)| key.clone()).collect(),
            _ => Vec::new(),
        };
        let texts = own.into_iter().filter(|key| matches!(key.item, Item::Text(_)));
        texts.chain(self.children().into_iter().flat_map(Self::text_keys)).collect()
    }

    fn changed(&self, changes: impl Fn(&Self) -> Vec<(String, Self)>) -> Vec<(String, Self)> {
        let mut seen = BTreeSet::from([self.write()]);
        let mut trees = Vec::new();
        for at in 0..self.size() {
            for (name, changed) in changes(self.nth(at).expect("within the size")) {
                let mut tree = self.clone();
                *tree.nth_mut(at).expect("within the size") = changed;
                if seen.insert(tree.write()) {
                    trees.push((format!("item {at}: {name}"), tree));
                }
            }
        }
        trees
    }

    fn size(&self) -> usize {
        1 + self.children().iter().map(|child| child.size()).sum::<usize>()
    }

    fn nth(&self, at: usize) -> Option<&Self> {
        let Some(mut left) = at.checked_sub(1) else { return Some(self) };
        for child in self.children() {
            match left.checked_sub(child.size()) {
                None => return child.nth(left),
                Some(rest) => left = rest,
            }
        }
        None
    }

    fn nth_mut(&mut self, at: usize) -> Option<&mut Self> {
        let Some(mut left) = at.checked_sub(1) else { return Some(self) };
        for child in self.children_mut() {
            match left.checked_sub(child.size()) {
                None => return child.nth_mut(left),
                Some(rest) => left = rest,
            }
        }
        None
    }

    fn children(&self) -> Vec<&Self> {
        match &self.item {
            Item::Array(items) => items.iter().collect(),
            Item::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            Item::Tag(_, inner) => vec![inner],
            _ => Vec::new(),
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.item {
            Item::Array(items) => items.iter_mut().collect(),
            Item::Map(pairs) => pairs.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
            Item::Tag(_, inner) => vec![inner],
            _ => Vec::new(),
        }
    }

    fn major(&self) -> u8 {
        match self.item {
            Item::Unsigned(_) => 0,
            Item::Negative(_) => 1,
            Item::Bytes(_) => 2,
            Item::Text(_) => 3,
            Item::Array(_) => 4,
            Item::Map(_) => 5,
            Item::Tag(..) => 6,
            Item::Simple(_) | Item::Raw(_) => 7,
        }
    }

    fn argument(&self) -> u64 {
        match &self.item {
            Item::Unsigned(number) | Item::Negative(number) | Item::Tag(number, _) => *number,
            Item::Bytes(bytes) => bytes.len() as u64,
            Item::Text(text) => text.len() as u64,
            Item::Array(items) => items.len() as u64,
            Item::Map(pairs) => pairs.len() as u64,
            Item::Simple(number) => u64::from(*number),
            Item::Raw(_) => 0,
        }
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        if let Item::Raw(bytes) = &self.item {
            return out.extend(bytes);
        }
        match self.form {
            Form::Shortest => head(out, self.major(), self.argument(), 0),
            Form::Wide(width) => head(out, self.major(), self.argument(), width),
            Form::Open(_) => out.push(self.major() << 5 | 31),
        }
        match (&self.item, self.form) {
            (Item::Bytes(bytes), Form::Open(size)) => {
                bytes.chunks(size).for_each(|chunk| Self::bytes(chunk).write_to(out));
            }
            (Item::Text(text), Form::Open(size)) => {
                text_chunks(text, size).iter().for_each(|chunk| Self::text(chunk).write_to(out));
            }
            (Item::Bytes(bytes), _) => out.extend(bytes),
            (Item::Text(text), _) => out.extend(text.as_bytes()),
            _ => self.children().iter().for_each(|child| child.write_to(out)),
        }
        if matches!(self.form, Form::Open(_)) {
            out.push(0xff);
        }
    }

    fn changes(&self, keys: &[Self]) -> Vec<(String, Self)> {
        let mut changes: Vec<(String, Self)> =
            [1, 24, 55799].map(|tag| (format!("tag {tag} added"), self.clone().tagged(tag))).into();
        changes.push(("in an array of its own".into(), Item::Array(vec![self.clone()]).into()));
        changes.extend(self.other_heads());
        match &self.item {
            Item::Unsigned(number) => changes.extend(other_numbers(2, *number)),
            Item::Negative(number) => changes.extend(other_numbers(3, *number)),
            Item::Bytes(bytes) => changes.extend(other_bytes(bytes)),
            Item::Text(text) => changes.extend(other_texts(text)),
            Item::Map(pairs) => changes.extend(other_maps(pairs, keys)),
            Item::Array(items) if items.len() == 1 => {
                changes.push(("out of its array".into(), items[0].clone()));
            }
            Item::Simple(22) => changes.push(("undefined for null".into(), raw(&[0xf7]))),
            _ => {}
        }
        if let Item::Simple(number) = self.item {
            changes.push(("simple value in two bytes".into(), raw(&[0xf8, number])));
        }
        changes
    }

    /// Longer heads and indefinite lengths.
    fn other_heads(&self) -> Vec<(String, Self)> {
        let with = |form| Self { item: self.item.clone(), form };
        let mut heads = Vec::new();
        if !matches!(self.item, Item::Simple(_) | Item::Raw(_)) {
            let needed = width(self.argument());
            let wider = [1, 2, 4, 8].into_iter().filter(|width| *width > needed);
            heads.extend(wider.map(|width| (format!("number in {width} bytes"), with(Form::Wide(width)))));
        }
        match &self.item {
            Item::Bytes(_) | Item::Text(_) => {
                heads.push(("indefinite, in one chunk".into(), with(Form::Open(usize::MAX))));
                if self.argument() > 1 {
                    heads.push(("indefinite, in small chunks".into(), with(Form::Open(1))));
                }
            }
            Item::Array(_) | Item::Map(_) => heads.push(("indefinite".into(), with(Form::Open(usize::MAX)))),
            _ => {}
        }
        heads
    }
}

/// Bignums (RFC 8949 §3.4.3) and floats of the same value.
fn other_numbers(tag: u64, number: u64) -> Vec<(String, Node)> {
    let all = number.to_be_bytes();
    let minimal = all.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let mut numbers = vec![
        ("a bignum".into(), Node::bytes(minimal).tagged(tag)),
        ("a bignum with leading zeros".into(), Node::bytes([[0; 8], all].concat()).tagged(tag)),
    ];
    let value = if tag == 2 { i128::from(number) } else { -1 - i128::from(number) };
    if (value as f64) as i128 == value {
        numbers.push(("a double".into(), raw(&[&[0xfb], &(value as f64).to_be_bytes()[..]].concat())));
    }
    if (value as f32) as i128 == value {
        numbers.push(("a float".into(), raw(&[&[0xfa], &(value as f32).to_be_bytes()[..]].concat())));
    }
    numbers
}

fn other_bytes(bytes: &[u8]) -> Vec<(String, Node)> {
    let numbers = bytes.iter().map(|byte| Node::int(i128::from(*byte))).collect();
    let mut others = vec![("an array of numbers for bytes".into(), Item::Array(numbers).into())];
    if let Ok(text) = std::str::from_utf8(bytes) {
        others.push(("a text for bytes".into(), Node::text(text)));
    }
    others
}

fn other_texts(text: &str) -> Vec<(String, Node)> {
    vec![
        ("bytes for a text".into(), Node::bytes(text)),
        ("a map to null for a text".into(), Item::Map(vec![(Node::text(text), Node::null())]).into()),
    ]
}

fn other_maps(pairs: &[(Node, Node)], keys: &[Node]) -> Vec<(String, Node)> {
    let mut maps = Vec::new();
    let mut push = |name: String, pairs: Vec<(Node, Node)>| maps.push((name, Node::from(Item::Map(pairs))));
    for at in 1..pairs.len() {
        let mut swapped = pairs.to_vec();
        swapped.swap(at - 1, at);
        push(format!("keys {} and {at} swapped", at - 1), swapped);
    }
    for (at, (key, value)) in pairs.iter().enumerate() {
        let mut twice = pairs.to_vec();
        twice.insert(at, (key.clone(), value.clone()));
        push(format!("key {at} twice"), twice);
        let mut other = pairs.to_vec();
        if *value == Node::null() {
            other.remove(at);
            push(format!("key {at} left out for null"), other);
        } else {
            other.insert(at + 1, (key.clone(), Node::null()));
            push(format!("key {at} twice, then null"), other);
        }
    }
    let unknown = [Node::text(""), Node::text("unknown field"), Node::int(1000)];
    let absent = |added: &&Node| pairs.iter().all(|(key, _)| key != *added);
    for added in unknown.iter().chain(keys).filter(absent) {
        // Where it belongs, so that the order gives no reason to refuse it.
        let at = pairs.partition_point(|(key, _)| key.canonical() < added.canonical());
        let mut more = pairs.to_vec();
        more.insert(at, (added.clone(), Node::null()));
        push(format!("key {:?} added", added.item), more);
    }
    let values = pairs.iter().map(|(_, value)| value.clone()).collect();
    maps.push(("an array of its values for a map".into(), Item::Array(values).into()));
    if !pairs.is_empty() {
        let flat = pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect();
        maps.push(("an array of keys and values for a map".into(), Item::Array(flat).into()));
    }
    maps
}

fn without_one(pairs: &[(Node, Node)]) -> Vec<(String, Node)> {
    let without = |at| {
        let mut fewer = pairs.to_vec();
        fewer.remove(at);
        (format!("key {at} left out"), Item::Map(fewer).into())
    };
    (0..pairs.len()).map(without).collect()
}

fn with_neighbours_swapped(items: &[Node]) -> Vec<(String, Node)> {
    let swapped = |at| {
        let mut swapped = items.to_vec();
        swapped.swap(at - 1, at);
        (format!("items {} and {at} swapped", at - 1), Item::Array(swapped).into())
    };
    let mut arrays: Vec<(String, Node)> = (1..items.len()).map(swapped).collect();
    if let [Node { item: Item::Unsigned(a), .. }, Node { item: Item::Unsigned(b), .. }] = items {
        let doubled = [*a, *b].map(|number| Node::int(2 * i128::from(number)));
        arrays.push(("numbers doubled".into(), Item::Array(doubled.into()).into()));
    }
    arrays
}

fn integer(number: i128) -> Item {
    let fits = |number| u64::try_from(number).expect("integers of CBOR have 64 bits");
    if number < 0 { Item::Negative(fits(-1 - number)) } else { Item::Unsigned(fits(number)) }
}

fn raw(bytes: &[u8]) -> Node {
    Item::Raw(bytes.to_vec()).into()
}

fn width(argument: u64) -> usize {
    match argument {
        0..=23 => 0,
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64, least: usize) {
    let width = width(argument).max(least);
    let info = match width {
        0 => argument as u8,
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    out.push(major << 5 | info);
    out.extend(&argument.to_be_bytes()[8 - width..]);
}

fn text_chunks(text: &str, size: usize) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for character in text.chars() {
        match chunks.last_mut() {
            Some(last) if last.len() + character.len_utf8() <= size => last.push(character),
            _ => chunks.push(character.to_string()),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples are those of RFC 8949, appendix A.
    #[test]
    fn it_writes_what_the_standard_says() {
        let open = |item| Node { item, form: Form::Open(5) };
        let cases: [(Node, &[u8]); 6] = [
            (Node::int(-1000), b"\x39\x03\xe7"),
            (open(Item::Bytes(vec![1, 2, 3, 4, 5, 6])), b"\x5f\x45\x01\x02\x03\x04\x05\x41\x06\xff"),
            (open(Item::Text("streaming".into())), b"\x7f\x65strea\x64ming\xff"),
            (open(Item::Array(Vec::new())), b"\x9f\xff"),
            (open(Item::Map(vec![(Node::text("Amt"), Node::int(-2))])), b"\xbf\x63Amt\x21\xff"),
            (Node { item: Item::Unsigned(10), form: Form::Wide(2) }, b"\x19\x00\x0a"),
        ];
        for (node, bytes) in cases {
            assert_eq!(node.write(), bytes);
        }
    }

    #[test]
    fn variants_differ_from_the_tree_and_from_each_other() {
        let tree = Item::Map(vec![
            (Node::text("a"), Item::Array(vec![Node::int(1), Node::null()]).into()),
            (Node::text("b"), Node::bytes([1, 2])),
        ]);
        let tree = Node::from(tree);
        let variants = tree.variants(&[Node::text("c")]);
        let all: BTreeSet<_> = variants.iter().map(|(_, tree)| tree.write()).collect();
        assert_eq!(all.len(), variants.len());
        assert!(all.len() > 60 && !all.contains(&tree.canonical()));
    }
}

// Package jsonscan reads JSON that is complete in memory, without building a tree and without allocating.
//
// A [Scanner] is pulled by code that knows what it expects: it walks objects and arrays with callbacks, skips what
// nobody wants, and reads strings, integers and booleans. The functions [EndOfString], [Unescape], [EndOfNumber] and
// [SkipSpace] are the pieces below it; decoders of bulk data build their loops on them.
//
// The package is strict: it takes what RFC 8259 allows and nothing else. Two rules are stricter than encoding/json,
// which replaces bad text silently: a string must be valid UTF-8, and the escapes of UTF-16 surrogates must come in
// pairs. Both are a [SyntaxError], also in values that are skipped. No input makes the package panic, recurse without
// bound or allocate more than the text that it returns.
package jsonscan

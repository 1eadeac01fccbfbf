// Package jsonscan reads JSON that is complete in memory, without building a tree and without allocating.
//
// A [Scanner] is pulled by code that knows what it expects: it walks objects and arrays with callbacks, skips what
// nobody wants, and reads strings, integers and booleans. The functions [Special], [UnescapeUntilQuote], [EndOfNumber]
// and [SkipSpace] are the pieces below it; decoders of bulk data build their loops on them.
//
// The package is strict: it takes what encoding/json takes and nothing else. Text that is no Unicode, because of half a
// surrogate pair or bytes that are not UTF-8, does not make a document unreadable: the scanner replaces it by U+FFFD, as
// encoding/json does, and [UnescapeUntilQuote] reports it to those for whom a replaced character is a wrong value. No
// input makes the package panic, recurse without bound or allocate more than the text that it returns.
package jsonscan

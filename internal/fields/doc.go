// Package fields finds out which fields of a struct belong to which columns. Reading rows into structs and writing rows
// from structs share it, so that one struct serves both ways.
package fields

// Package bulk moves whole tables: IMPORT and EXPORT with data that is on the client's side, as files, as an [io.Reader] or
// [io.Writer], or as Go values.
package bulk

// Package bulk moves whole tables: IMPORT and EXPORT with data that is on the client's side, as files, as an [io.Reader] or
// [io.Writer], or as Go values.
//
//   - [Import] reads a [Source] into a table, and [Export] writes a table or a query to a [Target].
//   - [ImportRows], [ExportRows] and [Query] do the same with the values of a program.
//   - [Exec] runs statements with LOCAL CSV FILE, which name files of the client.
//   - [TableFor], [TableFromFile] and [TableFromCSV] make the table that fits.
//
// A call uses one session, which is busy until it returns: other commands on it wait. It may be made by any goroutine, and
// calls with different sessions may be made at the same time. What a call has started ends with it; the one exception is a
// Read, a Write or another function of the caller's that does not return, which is waited for no longer than
// Config.CancelGrace after the transfer is over.
package bulk

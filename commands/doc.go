// Package commands is the vocabulary of the protocol: every request and every answer of versions 1 to 5, as Go values.
// It knows nothing of sockets and sessions.
//
// # Requests
//
// There is one struct for each command, with the command's fields: [Execute], [Fetch], [TablesFilter] and so on.
// [Append] turns one into the JSON that is sent, with the session attributes that it carries:
//
//	msg, err := commands.Append(nil, commands.Execute{SQLText: "SELECT 1"}, commands.CurrentSchema("MART"))
//
// The four logins take two messages each: [Append] gives the first, the method AppendCredentials the second.
//
// # Answers
//
// [ParseResponse] reads the envelope that all answers share: status, attributes, exception. The payload stays as it is
// on the wire, a range of the message, until a function for its kind reads it: [ParseResults], [ParsePrepared],
// [ParseFetch] and others. [ParseResultsAnswer] does both at once. Result data stays raw even then; package resultset
// turns it into columns.
//
// Parsing is lenient where servers differ: keys may come in any order, unknown keys are skipped, optional keys may be
// missing, and numbers may come as strings. It is strict where leniency would hide a wrong answer: counts that
// contradict each other are errors.
//
// # The protocol table
//
// [All] lists the commands with their version, family and meaning. It comes from the same table as the generated code
// and the document that lists the commands.
package commands

// Package settings says what the attributes of a session mean: how values are written, what a prepared statement depends on, and
// what it takes to bring one set of attributes back to another.
package settings

import (
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wallclock"
	"github.com/exawire/exawire/resultset"
)

// FormatsOf returns how values are written under these attributes. A zone that is not known here leaves timestamps with
// local time zone readable as text.
func FormatsOf(a commands.Attributes, repeated commands.RepeatedHour) resultset.Formats {
	f := resultset.Formats{Date: a.DateFormat, Timestamp: a.DatetimeFormat, RepeatedHour: repeated}
	var err error
	if f.Location, err = wallclock.Location(a.Timezone); err != nil {
		f.NoLocation = err.Error()
	}
	if a.NumericCharacters != "" {
		f.DecimalPoint = a.NumericCharacters[0]
	}
	return f
}

// SameFormats reports whether parameters come out the same. A zone that was looked up twice is the same zone.
func SameFormats(a, b commands.ParamFormats) bool {
	if a.Location != nil && b.Location != nil && a.Location.String() == b.Location.String() {
		a.Location = b.Location
	}
	return a == b
}

// MeaningOf returns the attributes that a statement may depend on from the moment when it is prepared: the schema that
// names are looked up in, and the settings by which literals and parameters become values and values become text, which
// a compiler may do beforehand. The others act when the statement runs, if at all. An attribute that nobody has thought of
// here counts.
func MeaningOf(a commands.Attributes) commands.Attributes {
	a.Autocommit, a.CompressionEnabled, a.OpenTransaction = false, false, false
	a.FeedbackInterval, a.QueryTimeout, a.ResultSetMaxRows = 0, 0, 0
	return a
}

// ChangesMeaning reports whether an attribute is one of those of MeaningOf.
func ChangesMeaning(a commands.Attribute) bool {
	switch a.Name() {
	case AutocommitName, "compressionEnabled", "openTransaction", "feedbackInterval", "queryTimeout", "resultSetMaxRows":
		return false
	}
	return true
}

// AutocommitName is the name of the attribute that no transaction may meet.
const AutocommitName = "autocommit"

// Assignments are the attributes that can be written, but for the schema: there is none that stands for no schema.
func Assignments(a commands.Attributes) []commands.Attribute {
	return []commands.Attribute{
		commands.Autocommit(a.Autocommit), commands.FeedbackInterval(a.FeedbackInterval), commands.NumericCharacters(a.NumericCharacters),
		commands.QueryTimeout(a.QueryTimeout), commands.ResultSetMaxRows(a.ResultSetMaxRows), commands.SnapshotTransactions(a.SnapshotTransactions),
		commands.TimestampUTC(a.TimestampUTC),
	}
}

// Parameter is an attribute that is written by ALTER SESSION, where it has another name.
type Parameter struct{ Attribute, Name, Value string }

// Parameters are the attributes that only ALTER SESSION can write.
func Parameters(a commands.Attributes) []Parameter {
	return []Parameter{
		{"dateFormat", "NLS_DATE_FORMAT", a.DateFormat},
		{"dateLanguage", "NLS_DATE_LANGUAGE", a.DateLanguage},
		{"datetimeFormat", "NLS_TIMESTAMP_FORMAT", a.DatetimeFormat},
		{"defaultLikeEscapeCharacter", "DEFAULT_LIKE_ESCAPE_CHARACTER", a.DefaultLikeEscapeCharacter},
		{"timezone", "TIME_ZONE", a.Timezone},
		{"timeZoneBehavior", "TIME_ZONE_BEHAVIOR", a.TimeZoneBehavior},
	}
}

// Differences names the attributes that differ. Whether a transaction is open is not looked at: it is a hint only.
func Differences(now, want commands.Attributes) (names []string) {
	for i, a := range Assignments(want) {
		if a != Assignments(now)[i] {
			names = append(names, a.Name())
		}
	}
	for i, p := range Parameters(want) {
		if p != Parameters(now)[i] {
			names = append(names, p.Attribute)
		}
	}
	if now.CurrentSchema != want.CurrentSchema {
		names = append(names, "currentSchema")
	}
	if now.CompressionEnabled != want.CompressionEnabled {
		names = append(names, "compressionEnabled")
	}
	return names
}

// HasAttribute reports whether an attribute tells what a parameter of ALTER SESSION is set to.
func HasAttribute(name string) bool {
	switch name {
	case "NLS_NUMERIC_CHARACTERS", "QUERY_TIMEOUT":
		return true
	}
	return slices.ContainsFunc(Parameters(commands.Attributes{}), func(p Parameter) bool { return p.Name == name })
}

package exawire

import (
	"errors"
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wallclock"
	"github.com/exawire/exawire/resultset"
)

// formatsOf returns how values are written under these attributes. A zone that is not known here leaves timestamps with
// local time zone readable as text.
func formatsOf(a commands.Attributes, repeated RepeatedHour) resultset.Formats {
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

// What Config.PinFormats sets. The numeric characters are set at every login that does not say otherwise.
const (
	pinnedNumbers   = ".,"
	pinnedDate      = "YYYY-MM-DD"
	pinnedTimestamp = "YYYY-MM-DD HH24:MI:SS.FF9"
)

// sameFormats reports whether parameters come out the same. A zone that was looked up twice is the same zone.
func sameFormats(a, b commands.ParamFormats) bool {
	if a.Location != nil && b.Location != nil && a.Location.String() == b.Location.String() {
		a.Location = b.Location
	}
	return a == b
}

// meaningOf returns the attributes that a statement may depend on from the moment when it is prepared: the schema that
// names are looked up in, and the settings by which literals and parameters become values and values become text, which
// a compiler may do beforehand. The others act when the statement runs, if at all. An attribute that nobody has thought of
// here counts.
func meaningOf(a commands.Attributes) commands.Attributes {
	a.Autocommit, a.CompressionEnabled, a.OpenTransaction = false, false, false
	a.FeedbackInterval, a.QueryTimeout, a.ResultSetMaxRows = 0, 0, 0
	return a
}

// changesMeaning reports whether an attribute is one of those of meaningOf.
func changesMeaning(a Attribute) bool {
	switch a.Name() {
	case autocommitName, "compressionEnabled", "openTransaction", "feedbackInterval", "queryTimeout", "resultSetMaxRows":
		return false
	}
	return true
}

const autocommitName = "autocommit"

// assignments are the attributes that can be written, but for the schema: there is none that stands for no schema.
func assignments(a Attributes) []Attribute {
	return []Attribute{
		commands.Autocommit(a.Autocommit), commands.FeedbackInterval(a.FeedbackInterval), commands.NumericCharacters(a.NumericCharacters),
		commands.QueryTimeout(a.QueryTimeout), commands.ResultSetMaxRows(a.ResultSetMaxRows), commands.SnapshotTransactions(a.SnapshotTransactions),
		commands.TimestampUTC(a.TimestampUTC),
	}
}

// parameter is an attribute that is written by ALTER SESSION.
type parameter struct{ attribute, parameter, value string }

func parameters(a Attributes) []parameter {
	return []parameter{
		{"dateFormat", "NLS_DATE_FORMAT", a.DateFormat},
		{"dateLanguage", "NLS_DATE_LANGUAGE", a.DateLanguage},
		{"datetimeFormat", "NLS_TIMESTAMP_FORMAT", a.DatetimeFormat},
		{"defaultLikeEscapeCharacter", "DEFAULT_LIKE_ESCAPE_CHARACTER", a.DefaultLikeEscapeCharacter},
		{"timezone", "TIME_ZONE", a.Timezone},
		{"timeZoneBehavior", "TIME_ZONE_BEHAVIOR", a.TimeZoneBehavior},
	}
}

// differences names the attributes that differ. Whether a transaction is open is not looked at: it is a hint only.
func differences(now, want Attributes) (names []string) {
	for i, a := range assignments(want) {
		if a != assignments(now)[i] {
			names = append(names, a.Name())
		}
	}
	for i, p := range parameters(want) {
		if p != parameters(now)[i] {
			names = append(names, p.attribute)
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

// hasAttribute reports whether an attribute tells what a parameter of ALTER SESSION is set to.
func hasAttribute(name string) bool {
	switch name {
	case "NLS_NUMERIC_CHARACTERS", "QUERY_TIMEOUT":
		return true
	}
	return slices.ContainsFunc(parameters(Attributes{}), func(p parameter) bool { return p.parameter == name })
}

// attributeReason says what is wrong with an attribute, "" if nothing.
func attributeReason(a Attribute) string {
	var invalid *commands.AttributeError
	if errors.As(a.Check(), &invalid) {
		return invalid.Reason
	}
	return ""
}

package exasqlite

import (
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
)

// Parameters of the session. They belong to the transaction: a rollback brings back what they were. Each change is told
// to the client with the next answer, since the client writes and reads values by them.

// settings are what a statement can change of a session. A rollback brings back those of before the transaction.
type settings struct {
	schema         string
	dateFormat     string
	datetimeFormat string
	dateLanguage   string
	numeric        string // NLS_NUMERIC_CHARACTERS
	zoneName       string
	zoneBehavior   string
	zone           *time.Location
	likeEscape     string
	hashFormat     string
	firstDay       int  // of the week, 1 is Monday
	queryTimeout   int  // seconds, 0 is none
	open           bool // a transaction
}

// defaultSettings are those of a login. What a client leaves out is the default of the database.
func defaultSettings(a commands.Attributes) settings {
	set := settings{
		schema: a.CurrentSchema, dateFormat: a.DateFormat, datetimeFormat: a.DatetimeFormat, dateLanguage: a.DateLanguage,
		numeric: a.NumericCharacters, zoneName: a.Timezone, zoneBehavior: a.TimeZoneBehavior, hashFormat: "HEX",
		likeEscape: a.DefaultLikeEscapeCharacter, firstDay: 7, queryTimeout: int(a.QueryTimeout.Seconds()),
	}
	orElse := func(s *string, byDefault string) {
		if *s == "" {
			*s = byDefault
		}
	}
	orElse(&set.dateFormat, defaultDateFormat)
	orElse(&set.datetimeFormat, defaultDatetimeFormat)
	orElse(&set.dateLanguage, "ENG")
	orElse(&set.numeric, ".,")
	orElse(&set.zoneName, "UNIVERSAL")
	orElse(&set.zoneBehavior, "INVALID SHIFT AMBIGUOUS ST")
	orElse(&set.likeEscape, `\`)
	// A login does not fail for its zone: one that is not known is UTC.
	zone, ok := findZone(set.zoneName)
	if !ok {
		set.zoneName, zone = "UNIVERSAL", time.UTC
	}
	set.zone = zone
	return set
}

// env is what conversions need of the settings.
func (s settings) env() env {
	return env{
		dateFormat: s.dateFormat, datetimeFormat: s.datetimeFormat,
		decimal: s.numeric[0], group: s.numeric[1], zone: s.zone, zoneBehavior: s.zoneBehavior, german: s.dateLanguage == "DEU", firstDay: s.firstDay,
	}
}

// changes names the attributes that differ from before.
func (s settings) changes(before settings) map[string]any {
	changed := map[string]any{}
	for _, a := range []struct {
		name     string
		was, now any
	}{
		{"currentSchema", before.schema, s.schema},
		{"dateFormat", before.dateFormat, s.dateFormat},
		{"datetimeFormat", before.datetimeFormat, s.datetimeFormat},
		{"dateLanguage", before.dateLanguage, s.dateLanguage},
		{"numericCharacters", before.numeric, s.numeric},
		{"timezone", before.zoneName, s.zoneName},
		{"timeZoneBehavior", before.zoneBehavior, s.zoneBehavior},
		{"defaultLikeEscapeCharacter", before.likeEscape, s.likeEscape},
		{"queryTimeout", before.queryTimeout, s.queryTimeout},
		{"openTransaction", before.open, s.open},
	} {
		if a.was != a.now {
			changed[a.name] = a.now
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return changed
}

// dateLanguages are the values of NLS_DATE_LANGUAGE.
var dateLanguages = map[string]string{"ENG": "ENG", "ENGLISH": "ENG", "DEU": "DEU", "DEUTSCH": "DEU", "GERMAN": "DEU"}

// maxQueryTimeout is the largest number of seconds that the database accepts.
const maxQueryTimeout = 999999

// checkFormats refuses formats that sessions cannot have, and the number of a day in a week that does not begin on Sunday:
// the test server writes the values of a result, and it does not know of NLS_FIRST_DAY_OF_WEEK.
func (s *settings) checkFormats(st *stAlterSession) error {
	for _, format := range []string{s.dateFormat, s.datetimeFormat} {
		l, err := compileFormat(format)
		if err == nil {
			err = l.session
		}
		if err != nil {
			return err
		}
		for _, el := range l.elements {
			if el.name == "D" && s.firstDay != 7 {
				return unsupported(st.pos, "NLS_FIRST_DAY_OF_WEEK = %d with the format '%s'", s.firstDay, format)
			}
		}
	}
	return nil
}

// sessionParameters are what ALTER SESSION SET knows. Each takes over a value, or says that it has no such one.
var sessionParameters = map[string]func(s *settings, st *stAlterSession) error{
	"NLS_DATE_FORMAT": func(s *settings, st *stAlterSession) error {
		s.dateFormat = st.value
		return s.checkFormats(st)
	},
	"NLS_TIMESTAMP_FORMAT": func(s *settings, st *stAlterSession) error {
		s.datetimeFormat = st.value
		return s.checkFormats(st)
	},
	"NLS_DATE_LANGUAGE":             (*settings).setLanguage,
	"NLS_FIRST_DAY_OF_WEEK":         (*settings).setFirstDay,
	"NLS_NUMERIC_CHARACTERS":        (*settings).setNumeric,
	"TIME_ZONE":                     (*settings).setZone,
	"TIME_ZONE_BEHAVIOR":            (*settings).setZoneBehavior,
	"QUERY_TIMEOUT":                 (*settings).setTimeout,
	"DEFAULT_LIKE_ESCAPE_CHARACTER": (*settings).setLikeEscape,
	// Of these the backend has one value only.
	"HASHTYPE_FORMAT":               onlyValue("HEX"),
	"TIMESTAMP_ARITHMETIC_BEHAVIOR": onlyValue("INTERVAL"),
	"CONSTRAINT_STATE_DEFAULT":      onlyValue("ENABLE"),
	// Nothing that this backend does depends on these.
	"QUERY_CACHE": ignored, "NICE": ignored, "PROFILE": ignored, "IDLE_TIMEOUT": ignored, "SNAPSHOT_MODE": ignored,
	"SESSION_TEMP_DB_RAM_LIMIT": ignored, "TEMP_DB_RAM_LIMIT": ignored,
}

// alter applies ALTER SESSION SET.
func (s *settings) alter(st *stAlterSession) error {
	set, ok := sessionParameters[st.name.name]
	if !ok {
		return unsupported(st.pos, "ALTER SESSION SET %s", st.name.name)
	}
	return set(s, st)
}

// errValue is the error for a value that a parameter cannot have.
func errValue(st *stAlterSession) error {
	return errorAt(codeSyntax, st.pos, "invalid value '%s' for session parameter %s", st.value, st.name.name)
}

// onlyValue makes a parameter that can be set to what it is.
func onlyValue(value string) func(*settings, *stAlterSession) error {
	return func(_ *settings, st *stAlterSession) error {
		if strings.ToUpper(st.value) != value {
			return unsupported(st.pos, "%s = '%s'", st.name.name, st.value)
		}
		return nil
	}
}

// ignored is a parameter that is taken and forgotten.
func ignored(*settings, *stAlterSession) error { return nil }

// setLanguage takes a language by any of its names.
func (s *settings) setLanguage(st *stAlterSession) error {
	lang, ok := dateLanguages[strings.ToUpper(st.value)]
	if !ok {
		return errValue(st)
	}
	s.dateLanguage = lang
	return nil
}

// setFirstDay changes what the element D means, which a format of the session may have.
func (s *settings) setFirstDay(st *stAlterSession) error {
	n, err := strconv.Atoi(st.value)
	if err != nil || n < 1 || n > 7 {
		return errValue(st)
	}
	s.firstDay = n
	return s.checkFormats(st)
}

// setNumeric takes a decimal point and a group separator. Digits could not be told from those of a number.
func (s *settings) setNumeric(st *stAlterSession) error {
	if len(st.value) != 2 || st.value[0] == st.value[1] || isDigit(st.value[0]) || isDigit(st.value[1]) {
		return errValue(st)
	}
	s.numeric = st.value
	return nil
}

// setZone takes a zone by any name that the database knows, in any case.
func (s *settings) setZone(st *stAlterSession) error {
	zone, ok := findZone(st.value)
	if !ok {
		return errValue(st)
	}
	s.zoneName, s.zone = strings.ToUpper(st.value), zone
	return nil
}

// setZoneBehavior takes the words in any case, with any blanks between them.
func (s *settings) setZoneBehavior(st *stAlterSession) error {
	behavior := strings.ToUpper(strings.Join(strings.Fields(st.value), " "))
	if !zoneBehaviors[behavior] {
		return errValue(st)
	}
	s.zoneBehavior = behavior
	return nil
}

// setTimeout takes over a timeout that the server enforces, not this package.
func (s *settings) setTimeout(st *stAlterSession) error {
	n, err := strconv.Atoi(st.value)
	if err != nil || n < 0 || n > maxQueryTimeout {
		return errValue(st)
	}
	s.queryTimeout = n
	return nil
}

// setLikeEscape takes one character.
func (s *settings) setLikeEscape(st *stAlterSession) error {
	if len(st.value) != 1 {
		return errValue(st)
	}
	s.likeEscape = st.value
	return nil
}

package exasqlite

import (
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
)

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
	zone, ok := findZone(set.zoneName)
	if !ok {
		set.zoneName, zone = "UNIVERSAL", time.UTC
	}
	set.zone = zone
	return set
}

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

// alter applies ALTER SESSION SET.
func (s *settings) alter(st *stAlterSession) error {
	bad := func() error {
		return errorAt(codeSyntax, st.pos, "invalid value '%s' for session parameter %s", st.value, st.name.name)
	}
	switch st.name.name {
	case "NLS_DATE_FORMAT":
		s.dateFormat = st.value
		return s.checkFormats(st)
	case "NLS_TIMESTAMP_FORMAT":
		s.datetimeFormat = st.value
		return s.checkFormats(st)
	case "NLS_DATE_LANGUAGE":
		lang, ok := dateLanguages[strings.ToUpper(st.value)]
		if !ok {
			return bad()
		}
		s.dateLanguage = lang
	case "NLS_FIRST_DAY_OF_WEEK":
		n, err := strconv.Atoi(st.value)
		if err != nil || n < 1 || n > 7 {
			return bad()
		}
		s.firstDay = n
		return s.checkFormats(st)
	case "QUERY_TIMEOUT":
		n, err := strconv.Atoi(st.value)
		if err != nil || n < 0 || n > maxQueryTimeout {
			return bad()
		}
		s.queryTimeout = n
	case "NLS_NUMERIC_CHARACTERS":
		if len(st.value) != 2 || st.value[0] == st.value[1] || isDigit(st.value[0]) || isDigit(st.value[1]) {
			return bad()
		}
		s.numeric = st.value
	case "TIME_ZONE":
		zone, ok := findZone(st.value)
		if !ok {
			return bad()
		}
		s.zoneName, s.zone = strings.ToUpper(st.value), zone
	case "TIME_ZONE_BEHAVIOR":
		behavior := strings.ToUpper(strings.Join(strings.Fields(st.value), " "))
		if !zoneBehaviors[behavior] {
			return bad()
		}
		s.zoneBehavior = behavior
	case "HASHTYPE_FORMAT":
		if strings.ToUpper(st.value) != "HEX" {
			return unsupported(st.pos, "HASHTYPE_FORMAT = '%s'", st.value)
		}
	case "DEFAULT_LIKE_ESCAPE_CHARACTER":
		if len(st.value) != 1 {
			return bad()
		}
		s.likeEscape = st.value
	case "TIMESTAMP_ARITHMETIC_BEHAVIOR":
		if strings.ToUpper(st.value) != "INTERVAL" {
			return unsupported(st.pos, "TIMESTAMP_ARITHMETIC_BEHAVIOR = '%s'", st.value)
		}
	case "CONSTRAINT_STATE_DEFAULT":
		if strings.ToUpper(st.value) != "ENABLE" {
			return unsupported(st.pos, "CONSTRAINT_STATE_DEFAULT = '%s'", st.value)
		}
	case "QUERY_CACHE", "NICE", "PROFILE", "IDLE_TIMEOUT", "SNAPSHOT_MODE", "SESSION_TEMP_DB_RAM_LIMIT", "TEMP_DB_RAM_LIMIT":
		// Nothing that this backend does depends on these.
	default:
		return unsupported(st.pos, "ALTER SESSION SET %s", st.name.name)
	}
	return nil
}

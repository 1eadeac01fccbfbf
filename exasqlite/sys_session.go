package exasqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// System tables about the database and its sessions. What the login said is shown as it is, what nobody measures is
// NULL.

// Some have no rows but those that are here.
func init() {
	for name, fn := range map[string]func(b *binder) *relationData{
		"DUAL": func(*binder) *relationData {
			r := &relationData{cols: columnsOf("DUMMY:s")}
			r.add("")
			return r
		},
		"EXA_METADATA": metadataData, "EXA_PARAMETERS": parameterData,
		"EXA_SQL_KEYWORDS": func(b *binder) *relationData {
			r := keywordData(b.s.info.Release)
			r.cols = columnsOf("KEYWORD:s RESERVED:b")
			return r
		},
		"EXA_SQL_TYPES": func(*binder) *relationData {
			r := &relationData{cols: columnsOf(strings.Replace(metadataColumns["getTypeInfo"], "NAME:s", "TYPE_NAME:s", 1))}
			addTypeInfo(r)
			return r
		},
		"EXA_SYSCAT": func(*binder) *relationData {
			r := &relationData{cols: columnsOf("SCHEMA_NAME:s OBJECT_NAME:s OBJECT_TYPE:s OBJECT_COMMENT:t")}
			for _, name := range sortedSystemTables() {
				r.add(systemSchema(name), name, "TABLE", "")
			}
			return r
		},
		"EXA_ALL_USERS": userData, "EXA_DBA_USERS": userData,
		"EXA_ALL_ROLES": roleData, "EXA_DBA_ROLES": roleData,
		"EXA_ALL_SESSIONS":  func(b *binder) *relationData { return sessionData(b, restrictedSessions, "") },
		"EXA_DBA_SESSIONS":  func(b *binder) *relationData { return sessionData(b, allOfSessions, "") },
		"EXA_USER_SESSIONS": func(b *binder) *relationData { return sessionData(b, allOfSessions, b.s.user()) },
	} {
		systemTables[name] = fn
	}
}

// metadataData are the rows of EXA_METADATA that drivers look for.
func metadataData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("PARAM_NAME:s PARAM_VALUE:t IS_STATIC:b")}
	release := b.s.info.Release
	parts := append(strings.Split(release, "."), "0", "0")
	r.add("databaseMajorVersion", parts[0], true)
	r.add("databaseMinorVersion", parts[1], true)
	r.add("databaseName", "DB1", true)
	r.add("databaseProductName", "EXASolution", true)
	r.add("databaseProductVersion", release, true)
	r.add("maxColumnNameLength", "128", true)
	return r
}

// parameterData are the rows of EXA_PARAMETERS. The value of the system is that of a login without attributes.
func parameterData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("PARAMETER_NAME:s SESSION_VALUE:t SYSTEM_VALUE:t")}
	now, system := b.s.set.parameters(), b.s.begunDefaults().parameters()
	for _, name := range sortedKeys(now) {
		r.add(name, now[name], system[name])
	}
	return r
}

// parameters are the session's parameters as EXA_PARAMETERS shows them.
func (s settings) parameters() map[string]string {
	return map[string]string{
		"CONSTRAINT_STATE_DEFAULT":      "ENABLE",
		"DEFAULT_LIKE_ESCAPE_CHARACTER": s.likeEscape,
		"HASHTYPE_FORMAT":               s.hashFormat,
		"NLS_DATE_FORMAT":               s.dateFormat,
		"NLS_DATE_LANGUAGE":             s.dateLanguage,
		"NLS_FIRST_DAY_OF_WEEK":         strconv.Itoa(s.firstDay),
		"NLS_NUMERIC_CHARACTERS":        s.numeric,
		"NLS_TIMESTAMP_FORMAT":          s.datetimeFormat,
		"QUERY_CACHE":                   "OFF",
		"QUERY_TIMEOUT":                 strconv.Itoa(s.queryTimeout),
		"SNAPSHOT_MODE":                 "SYSTEM TABLES",
		"TIMESTAMP_ARITHMETIC_BEHAVIOR": "INTERVAL",
		"TIME_ZONE":                     s.zoneName,
		"TIME_ZONE_BEHAVIOR":            s.zoneBehavior,
	}
}

// userData has SYS and whoever asks: there are no users here beyond those that the server lets in.
func userData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("USER_NAME:s CREATED:c USER_CONSUMER_GROUP:s USER_COMMENT:t")}
	for _, name := range slices.Compact(slices.Sorted(slices.Values([]string{"SYS", b.s.user()}))) {
		r.add(name, nil, "", "")
	}
	return r
}

// roleData has the two roles that every database has.
func roleData(*binder) *relationData {
	r := &relationData{cols: columnsOf("ROLE_NAME:s CREATED:c ROLE_CONSUMER_GROUP:s ROLE_COMMENT:t")}
	r.add("DBA", nil, "", "")
	r.add("PUBLIC", nil, "", "")
	return r
}

const (
	allOfSessions = "SESSION_ID:i USER_NAME:s EFFECTIVE_USER:s STATUS:s COMMAND_NAME:s STMT_ID:n DURATION:s QUERY_TIMEOUT:n ACTIVITY:s " +
		"TEMP_DB_RAM:n PERSISTENT_DB_RAM:n LOGIN_TIME:c CLIENT:s DRIVER:s ENCRYPTED:b HOST:s OS_USER:s OS_NAME:s SCOPE_SCHEMA:s " +
		"CONSUMER_GROUP:s NICE:b RESOURCES:n SQL_TEXT:t"
	restrictedSessions = "SESSION_ID:i USER_NAME:s STATUS:s COMMAND_NAME:s STMT_ID:n DURATION:s QUERY_TIMEOUT:n ACTIVITY:s TEMP_DB_RAM:n " +
		"PERSISTENT_DB_RAM:n LOGIN_TIME:c CLIENT:s DRIVER:s ENCRYPTED:b CONSUMER_GROUP:s NICE:b RESOURCES:n"
)

// activity is what other sessions may know of a session. The Backend's mutex guards it.
type activity struct {
	login     time.Time
	sql       string // of the running statement, or the last one
	began     time.Time
	running   bool
	statement int64
	schema    string
	timeout   int
	user      string                  // whose rights it has
	cancel    context.CancelCauseFunc // ends the running statement
}

// note writes down what the session does for those who look at EXA_ALL_SESSIONS or kill it; cancel ends the statement
// and is nil once it has ended.
func (s *session) note(sql string, cancel context.CancelCauseFunc) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	a := &s.activity
	if cancel != nil {
		a.sql, a.began = sql, s.now()
	}
	a.cancel, a.running, a.statement, a.schema, a.timeout, a.user = cancel, cancel != nil, s.statements, s.set.schema, s.set.queryTimeout, s.user()
}

// sessionData lists the open sessions, those of one user unless it is empty. What this package does not measure is
// NULL.
func sessionData(b *binder, columns, user string) *relationData {
	r := &relationData{cols: columnsOf(columns)}
	backend := b.s.backend
	backend.mu.Lock()
	defer backend.mu.Unlock()
	var list []*session
	for _, s := range backend.sessions {
		if user == "" || s.activity.user == user {
			list = append(list, s)
		}
	}
	// In the order in which they logged in.
	slices.SortFunc(list, func(x, y *session) int { return cmp.Compare(x.key, y.key) })
	for _, s := range list {
		values := s.activity.values(s, b)
		row := make([]any, len(r.cols))
		for i, c := range r.cols {
			row[i] = values[c.name]
		}
		r.add(row...)
	}
	return r
}

// values are the columns of a session's row by their names: the tables of sessions differ in which of them they have.
func (a activity) values(s *session, b *binder) map[string]any {
	id, _ := parseDecimalText(strconv.FormatUint(s.info.SessionID, 10), decimalType(20, 0))
	status, command, activity, duration := "IDLE", "NOT SPECIFIED", "", time.Duration(0)
	if a.running {
		status, activity, duration = "EXECUTE SQL", "Executing", b.s.now().Sub(a.began)
	}
	// The command is the first word of the statement that runs, or of the last one.
	if tokens, err := lex(a.sql, nil); err == nil && tokens[0].kind == tokWord {
		command = tokens[0].text
	}
	seconds := int(duration.Seconds())
	client := s.info.Client
	return map[string]any{
		"SESSION_ID": id.wide(), "USER_NAME": s.loginUser(), "EFFECTIVE_USER": a.user, "STATUS": status, "COMMAND_NAME": command,
		"STMT_ID": a.statement, "DURATION": fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60),
		"QUERY_TIMEOUT": a.timeout, "ACTIVITY": activity, "SCOPE_SCHEMA": a.schema, "SQL_TEXT": a.sql, "NICE": false,
		"LOGIN_TIME": a.login.In(b.env.zone).Truncate(time.Millisecond).Format(stampForm),
		"CLIENT":     strings.TrimSpace(client.ClientName + " " + client.ClientVersion), "DRIVER": client.DriverName,
		"ENCRYPTED": s.info.Encrypted, "HOST": s.info.Host, "OS_USER": cmp.Or(client.ClientOsUsername, "UNKNOWN"), "OS_NAME": client.ClientOs,
	}
}

package sqlword

import "strings"

// Effects are what a statement may do to its session and to the data, as far as its first words tell.
type Effects struct {
	Prepared  Effect // on statements that were prepared before
	Commits   bool   // it may commit what the open transaction has done
	Changes   bool   // it may change data, or what describes it
	Settles   bool   // it ends the open transaction, before what else it changes
	Undoes    bool   // it is a ROLLBACK, and nothing else
	Identity  bool   // it may become another user
	Parameter string // that ALTER SESSION sets; "" for none, AnyParameter if nobody can tell
}

// Effect is what a command may do to statements that were prepared before it.
type Effect int

// The effects. Reported means that it changes attributes, and its answer says so.
const (
	None Effect = iota
	Reported
	Unknown
)

// And returns the effect of two statements together.
func (e Effect) And(f Effect) Effect {
	if e == None {
		return f
	}
	if f == None {
		return e
	}
	return Unknown
}

// AnyParameter stands for parameters of ALTER SESSION whose names are not known.
const AnyParameter = "parameters set by ALTER SESSION"

// Read reads the words that a statement begins with.
func Read(sql string) (e Effects) {
	first, rest := Cut(sql)
	switch first {
	case "SELECT", "WITH", "VALUES", "EXPORT", "DESC", "DESCRIBE":
	case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "IMPORT":
		e.Changes = true
	case "COMMIT":
		e.Commits, e.Settles = true, true
	case "ROLLBACK":
		e.Prepared = Unknown // undoes DDL
		e.Undoes, e.Settles = true, true
	case "OPEN", "CLOSE":
		e.Prepared = Reported
	case "IMPERSONATE":
		e.Prepared, e.Identity = Unknown, true
	case "ALTER":
		second, rest := Cut(rest)
		if second != "SESSION" {
			e.Prepared, e.Changes = Unknown, true
			return e
		}
		e.Prepared, e.Parameter = Reported, parameterOf(rest)
	case "EXECUTE": // a script, which may do anything
		e.Anything()
	default:
		e.Prepared, e.Changes = Unknown, true
	}
	return e
}

// ReadAll reads the statements of one message.
func ReadAll(sqls []string) (all Effects) {
	for _, sql := range sqls {
		one := Read(sql)
		all.Include(one)
		if one.Prepared != None {
			all.Prepared = Unknown // the answer does not tell which of the statements reported what
		}
		if one.Parameter != "" {
			all.Parameter = AnyParameter
		}
	}
	return all
}

// ReadLater reads a statement that is prepared now and will be run later, perhaps by somebody else: what it sets and
// whom it becomes counts from now on.
func ReadLater(sql string) (e Effects) {
	later := Read(sql)
	e.Identity = later.Identity
	if later.Parameter != "" {
		e.Parameter = AnyParameter
	}
	return e
}

// Anything makes the effects those of a statement of which nothing is known.
func (e *Effects) Anything() { e.Prepared, e.Commits, e.Changes = Unknown, true, true }

// Include adds what a later statement does.
func (e *Effects) Include(later Effects) {
	e.Prepared = e.Prepared.And(later.Prepared)
	e.Commits = e.Commits || later.Commits
	e.Changes = e.Changes && !later.Settles || later.Changes
	e.Settles = e.Settles || later.Settles
	e.Identity = e.Identity || later.Identity
	if later.Parameter != "" {
		e.Parameter = later.Parameter
	}
}

// parameterOf returns the parameter that an ALTER SESSION sets, given what follows these two words.
func parameterOf(rest string) string {
	set, rest := Cut(rest)
	name, rest := Cut(rest)
	for strings.HasPrefix(rest, "_") {
		part := ""
		part, rest = Cut(rest[1:])
		name += "_" + part
	}
	if set != "SET" || name == "" || strings.Contains(rest, ";") {
		return AnyParameter
	}
	return name
}

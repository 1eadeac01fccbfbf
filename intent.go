package exawire

import (
	"slices"
	"strings"

	"github.com/exawire/exawire/commands"
)

// intent is what a command is about to do to its session, as far as its name, its attributes and the words of its
// statement tell. It is read once, before the command is sent.
type intent struct {
	info   commands.Info    // of the command; only the name for one that is not in the protocol table
	newest string           // the attribute that needs the newest version
	since  commands.Version // that it needs

	effect     effect // on statements that were prepared before
	commits    bool   // may commit what the open transaction has done
	changes    bool   // may change data, or what describes it
	settles    bool   // ends the open transaction, before what else it changes
	autocommit bool   // assigns autocommit
	identity   bool   // may become another user
	parameter  string // that ALTER SESSION sets; "" for none, anyParameter if nobody can tell

	housekeeping bool // tidies up: nobody aborts it
	errand       bool // runs before the command that its caller is waiting for, not as one of its own
	barrier      bool // is there to swallow an abort

	handle  int                    // of the prepared statement that is run or closed
	results []int                  // handles of the results that are closed
	formats *commands.ParamFormats // in which the parameters are written, nil if there are none
	before  uint64                 // changes of the ledger when it was sent
	needs   []condition            // what must hold when it is sent
	ending  bool                   // it is a step of the beginning or the end of a transaction
}

// condition is something that a command belongs to, and that may be over by the time when the command could be sent.
type condition interface {
	// refuse says why the command may not be sent any more. It is called under the mutex of the ledger.
	refuse(in *intent) error
}

// need adds a condition, which may be nil.
func (in *intent) need(c condition) {
	if c != nil {
		in.needs = append(in.needs, c)
	}
}

// effect is what a command may do to statements that were prepared before it.
type effect int

const (
	effectNone     effect = iota
	effectReported        // it changes attributes, and its answer says so
	effectUnknown
)

// and returns the effect of two statements together.
func (e effect) and(f effect) effect {
	if e == effectNone {
		return f
	}
	if f == effectNone {
		return e
	}
	return effectUnknown
}

// anyParameter stands for parameters of ALTER SESSION whose names are not known.
const anyParameter = "parameters set by ALTER SESSION"

// intentOf reads what can be told without knowing the session. What a prepared statement does, the ledger knows.
func intentOf(cmd commands.Command, attrs []Attribute) intent {
	in := intent{handle: commands.NoHandle}
	in.info, _ = commands.Lookup(cmd.CommandName())
	in.info.Name = cmd.CommandName()
	switch cmd := cmd.(type) {
	case commands.Execute:
		in.read(cmd.SQLText)
	case commands.ExecuteBatch:
		in.readAll(cmd.SQLTexts)
	case commands.ExecutePreparedStatement:
		in.handle = cmd.Handle
	case commands.CreatePreparedStatement:
		in.prepares(cmd.SQLText)
	case commands.ClosePreparedStatement:
		in.handle, in.housekeeping = cmd.Handle, true
	case commands.CloseResultSet:
		in.results, in.housekeeping = cmd.Handles, true
	case commands.Disconnect:
		in.housekeeping = true
	case commands.Raw:
		in.raw(cmd)
	}
	for _, a := range attrs {
		if since := a.Since(); since > in.since {
			in.newest, in.since = a.Name(), since
		}
		in.autocommit = in.autocommit || a.Name() == autocommitName
		in.commits = in.commits || a == Autocommit(true)
	}
	if slices.ContainsFunc(attrs, changesMeaning) {
		in.effect = in.effect.and(effectReported)
	}
	return in
}

const autocommitName = "autocommit"

// prepares reads a statement that will be run later, perhaps by somebody else: what Reset has to know of it counts from
// now on.
func (in *intent) prepares(sql string) {
	var later intent
	later.read(sql)
	in.identity = later.identity
	if later.parameter != "" {
		in.parameter = anyParameter
	}
}

// raw is the intent of a command that was put together by hand: it may run anything, unless it is known not to.
func (in *intent) raw(cmd commands.Raw) {
	sql, one := cmd.Fields["sqlText"].(string)
	sqls, several := textsIn(cmd.Fields["sqlTexts"])
	switch family := in.info.Family; {
	case family == commands.FamilyStatement && one && in.info.Name == "createPreparedStatement":
		in.prepares(sql)
	case family == commands.FamilyStatement && one && !several:
		in.read(sql)
	case family == commands.FamilyStatement && several && !one:
		in.readAll(sqls)
	case in.info.Name == "executePreparedStatement", in.info.Name == "closePreparedStatement":
		in.unknown() // what it may set has counted when it was prepared
	case family == commands.FamilySession, family == commands.FamilyResultSet, family == commands.FamilyCluster, family == commands.FamilyMetadata:
		in.commits = true
	default:
		in.unknown()
		in.parameter = anyParameter
	}
	in.effect = effectUnknown // its attributes are not known
}

// textsIn returns the strings of a list that a field of a raw command may be.
func textsIn(field any) (texts []string, ok bool) {
	switch list := field.(type) {
	case []string:
		return list, true
	case []any:
		for _, v := range list {
			text, ok := v.(string)
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		return texts, true
	}
	return nil, false
}

// unknown makes the intent that of a statement of which nothing is known.
func (in *intent) unknown() {
	in.effect, in.commits, in.changes = effectUnknown, true, true
}

// readAll reads the statements of one message.
func (in *intent) readAll(sqls []string) {
	for _, sql := range sqls {
		var one intent
		one.read(sql)
		in.include(one)
		if one.effect != effectNone {
			in.effect = effectUnknown // the answer does not tell which of the statements reported what
		}
		if one.parameter != "" {
			in.parameter = anyParameter
		}
	}
}

// include adds what another statement does.
func (in *intent) include(other intent) {
	in.effect = in.effect.and(other.effect)
	in.commits = in.commits || other.commits
	in.changes = in.changes && !other.settles || other.changes
	in.settles = in.settles || other.settles
	in.identity = in.identity || other.identity
	if other.parameter != "" {
		in.parameter = other.parameter
	}
}

// read reads the words that a statement begins with.
func (in *intent) read(sql string) {
	first, rest := cutKeyword(sql)
	switch first {
	case "SELECT", "WITH", "VALUES", "EXPORT", "DESC", "DESCRIBE":
	case "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "IMPORT":
		in.changes = true
	case "COMMIT":
		in.commits, in.settles = true, true
	case "ROLLBACK":
		in.effect = effectUnknown // undoes DDL
		in.housekeeping, in.settles = true, true
	case "OPEN", "CLOSE":
		in.effect = effectReported
	case "IMPERSONATE":
		in.effect, in.identity = effectUnknown, true
	case "ALTER":
		second, rest := cutKeyword(rest)
		if second != "SESSION" {
			in.effect, in.changes = effectUnknown, true
			return
		}
		in.effect, in.parameter = effectReported, parameterOf(rest)
	case "EXECUTE": // a script, which may do anything
		in.unknown()
	default:
		in.effect, in.changes = effectUnknown, true
	}
}

// parameterOf returns the parameter that an ALTER SESSION sets, given what follows these two words.
func parameterOf(rest string) string {
	set, rest := cutKeyword(rest)
	name, rest := cutKeyword(rest)
	for strings.HasPrefix(rest, "_") {
		part := ""
		part, rest = cutKeyword(rest[1:])
		name += "_" + part
	}
	if set != "SET" || name == "" || strings.Contains(rest, ";") {
		return anyParameter
	}
	return name
}

// background reports whether nobody but its own caller minds how the command ends.
func (in *intent) background() bool {
	return in.housekeeping || in.info.Family == commands.FamilyResultSet
}

// textsOf returns the statements that a command runs or prepares.
func textsOf(cmd commands.Command) []string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return []string{cmd.SQLText}
	case commands.ExecuteBatch:
		return cmd.SQLTexts
	case commands.CreatePreparedStatement:
		return []string{cmd.SQLText}
	}
	return nil
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

// maxKeyword is longer than any word of the language.
const maxKeyword = 64

// cutKeyword returns the first word of a statement in upper case, and what follows it. White space, comments and opening
// parentheses before it do not count. It is "" if something else comes first.
func cutKeyword(sql string) (word, rest string) {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v(")
		end := ""
		switch {
		case strings.HasPrefix(sql, "--"):
			end = "\n"
		case strings.HasPrefix(sql, "/*"):
			end = "*/"
		default:
			n := strings.IndexFunc(sql, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
			if n < 0 {
				n = len(sql)
			}
			if n > maxKeyword {
				return "", sql
			}
			return strings.ToUpper(sql[:n]), sql[n:]
		}
		_, after, found := strings.Cut(sql[2:], end)
		if !found {
			return "", ""
		}
		sql = after
	}
}

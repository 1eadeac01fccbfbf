package commands

import "fmt"

// Version is a version of the protocol. A session speaks the one that the server names in its answer to the login,
// which may be lower than the one that was asked for.
type Version int

// The versions of the protocol, and the oldest server release that speaks each.
const (
	V1 Version = 1 // 6.0.0
	V2 Version = 2 // 7.0.0: metadata commands, resultSetMaxRows, HASHTYPE
	V3 Version = 3 // 7.1.0: loginToken, subLoginToken
	V4 Version = 4 // 8.32.0: requestParallelConnections
	V5 Version = 5 // 8.32.0: TIMESTAMP with 0 to 9 fractional digits

	// Latest is the newest version that this module knows.
	Latest = V5
)

// String returns the version in its usual form, such as "V5".
func (v Version) String() string { return fmt.Sprintf("V%d", int(v)) }

// Family groups the commands by what they work on.
type Family string

// The families of commands.
const (
	FamilyLogin     Family = "login"
	FamilySession   Family = "session"
	FamilyStatement Family = "statement"
	FamilyPrepared  Family = "prepared statement"
	FamilyResultSet Family = "result set"
	FamilyCluster   Family = "cluster"
	FamilyMetadata  Family = "metadata"
)

// Info is what the protocol table says about one command.
type Info struct {
	Name       string  // as on the wire, such as "executeBatch"
	Since      Version // first version that has it
	Deprecated Version // first version that discourages it, 0 if none does
	ReplacedBy string  // the command to use instead, if deprecated
	Family     Family  // what the command works on
	Response   bool    // false for abortQuery alone: it is never answered
	Abortable  bool    // whether abortQuery is sent when the caller gives up on it
	Method     string  // the Session method that sends it
	Doc        string  // one line for the table of commands
}

// Command is a request that can be sent: one struct per command, see [Append].
type Command interface {
	// CommandName returns the name of the command on the wire.
	CommandName() string
}

// All returns the protocol table, one Info per command, in the order of the protocol documents. The slice is the
// caller's.
func All() []Info { return append([]Info(nil), infos...) }

// Lookup returns the Info of the command with this name. ok is false for a name that is not in the table.
func Lookup(name string) (info Info, ok bool) {
	i, ok := infoIndex[name]
	if !ok {
		return Info{}, false
	}
	return infos[i], true
}

var infoIndex = func() map[string]int {
	index := make(map[string]int, len(infos))
	for i, info := range infos {
		index[info.Name] = i
	}
	return index
}()

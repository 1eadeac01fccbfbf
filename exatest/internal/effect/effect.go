// Package effect says what a fault does to a server, in the words of the server. Package fault makes effects and package
// exatest carries them out; users of both see neither the words nor what is in a fault.
package effect

import (
	"time"

	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// Effect is what one fault does, and to which commands. A field that is zero has no effect.
type Effect struct {
	Name     string   // of the function that made it
	Commands []string // that it strikes; all if there are none
	Skip     int      // how many of them it spares first
	Times    int      // how many it strikes then; 0 for no limit

	// Faults with these strike the abort of a command, the opening of a tunnel or a file that goes through it, or an
	// IMPORT or EXPORT. They strike no answer.
	Abort         AbortMode
	AbortDelay    time.Duration // of AbortDelayed
	TunnelPieces  bool          // the answer to a new tunnel comes in pieces
	Strike        *Strike       // at a step of a file
	Style         TransferStyle // in which files are read and written
	IgnoreTunnels bool          // of an IMPORT or EXPORT, which fails
	Forced        *int64        // the row count of an IMPORT or EXPORT, whatever comes of it

	Cut           CutPoint
	Delay         time.Duration // before the answer
	InlineRows    *int          // rows that travel with a result set that gets a handle
	FetchRows     *int          // rows of a fetch, whatever it asks for
	AllRows       bool          // of a fetch, whatever it asks for
	AllAttributes bool          // with every answer
	AbortsFetch   bool

	// An answer is changed in this order: as a tree, as text, as the payload of a message, and in its delivery.
	Tree     func(document.Object) document.Object
	Text     func([]byte) []byte
	Payload  func(opcode byte, payload, message []byte) (byte, []byte) // message is the payload before it was compressed
	Delivery func(*frame.Delivery)
}

// AbortMode says what comes of the abort of a command.
type AbortMode int

// Without a mode the command ends at once.
const (
	AbortIgnored AbortMode = iota + 1
	AbortDrops
	AbortRollsBack
	AbortDelayed
	AbortLate
)

// CutPoint says where the connection is cut.
type CutPoint int

// The points are in the order in which a command passes them.
const (
	CutRequest CutPoint = iota + 1 // before the command is run
	CutAnswer                      // before the answer
	CutAfter                       // after it
)

// Answers reports whether the effect is one on answers.
func (e *Effect) Answers() bool {
	return e.Abort == 0 && !e.TunnelPieces && e.Strike == nil && e.Style == 0 && !e.IgnoreTunnels && e.Forced == nil
}

// Sealed is an Effect that only packages of this tree can look into. Package fault gives it to users under a name of its
// own, and the server converts that back.
type Sealed struct{ effect Effect }

// Seal closes an effect.
func Seal(e Effect) Sealed { return Sealed{e} }

// Open returns the effect.
func (s Sealed) Open() Effect { return s.effect }

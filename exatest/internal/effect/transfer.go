package effect

// Strike is what happens at a step of a file that goes through a tunnel.
type Strike struct {
	Step   Step
	Action Action
	After  int64 // bytes of the file, of StepContent
}

// Step is a step of a file.
type Step int

// The steps are in the order in which a file passes them.
const (
	StepTunnel  Step = iota + 1 // the tunnel is opened
	StepTLS                     // the handshake
	StepRequest                 // the database asks
	StepContent                 // the file is read or written
	StepEnd                     // its end
	StepReply                   // the client's answer; of an IMPORT before the content
)

// Action is what the database does at a step.
type Action int

// The last three fit one step each.
const (
	Silence      Action = iota + 1 // nothing any more
	HangUp                         // it closes the tunnel
	Nonsense                       // it sends what makes no sense, and goes on
	WrongAddress                   // StepTunnel
	WrongPath                      // StepRequest
	WrongMethod                    // StepRequest
)

// TransferStyle says how the database reads and writes files.
type TransferStyle int

// The styles of writing and of reading.
const (
	ContentLength TransferStyle = 1 << iota
	ExpectContinue
	ProbeFirst
	AskTwice
	AskAgainIfEmpty
	FailAtEnd

	OnlyExports = ContentLength | ExpectContinue | ProbeFirst
	OnlyImports = AskTwice | AskAgainIfEmpty
)

// Package fault has the faults that a server of package exatest can be given: what goes wrong between a client and a
// database, and what is merely unusual. A [Fault] is made by one of the functions of this package and takes effect when it
// is injected:
//
//	srv := exatest.NewServer(t)
//	srv.Inject(fault.FragmentFrames(1))                      // every byte in a frame of its own
//	srv.Inject(fault.CutMiddle().On("fetch").Skip(2).Once()) // the third chunk ends in the middle
//	late := srv.Inject(fault.AbortDelayed(5 * time.Second))  // an abort takes its time
//	...
//	late.Remove()
//
// Several faults work together. Those that change the same thing do so in the order in which they were injected.
//
// # The connection: when bytes come, and how many
//
//   - [FragmentFrames], [PadTo] and [Drip] cut answers into frames, make them longer and slow them down.
//   - [Delay] holds answers back.
//   - [Pongs], [StatusMessages] and [ExtraAnswer] send what nobody has asked for.
//   - [CutRequest], [CutAnswer], [CutMiddle], [CutFragment] and [CutAfter] end the connection without a Close frame, from
//     before a command is run to after its answer.
//
// # Compression
//
//   - [CorruptZlib], [TruncateZlib], [ZlibBomb] and [TextWhileCompressed] strike compressed answers only.
//   - [BinaryFrames] strikes those that are not compressed.
//
// # The text of answers
//
//   - [TruncateJSON] and [Garbage] break it.
//   - [WhiteSpace], [ReorderKeys] and [UnknownKeys] write it as other versions may.
//   - [OmitKeys], [SetKey] and [Replace] change it, for faults that nobody has thought of.
//
// # Attributes
//
//   - [OpenTransactionAsNumber] and [AttributesEverywhere] report them as some servers do.
//
// # Result sets
//
//   - [SplitInline], [FetchRows] and [AllRows] decide which rows come when.
//   - [EmptyArrays] and [NegativeHandles] write the same result in another way.
//   - [DuplicateNames] and [EmptyNames] rename columns.
//   - [WrongNumRows], [MissingColumn], [RaggedColumns], [WrongKinds] and [NumbersAsStrings] break rows.
//
// # Aborts
//
// Without a fault, an abort ends a command that is running at once, with R0003, if the command runs a statement, prepares
// one or reads metadata. It is ignored for all others and when nothing is running. [Fault.On] limits these faults to
// the commands that are aborted.
//
//   - [AbortIgnored], [AbortDelayed] and [AbortLate] make it come to nothing, late, or to the wrong command.
//   - [AbortDrops] and [AbortRollsBack] make it end more than the command.
//   - [AbortFetch] lets it hit a fetch.
//
// # Tunnels of IMPORT and EXPORT
//
//   - [TunnelAnswerInPieces] strikes tunnels when they are opened, and [TunnelIgnored] the statements that use them.
package fault

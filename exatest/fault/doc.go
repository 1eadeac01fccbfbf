// Package fault provides faults for the server of package exatest: things that go wrong between a client and a
// database, and things that are merely unusual. Each function of this package returns a [Fault], which takes effect
// when it is injected:
//
//	srv := exatest.NewServer(t)
//	srv.Inject(fault.FragmentFrames(1))                      // every byte in a frame of its own
//	srv.Inject(fault.CutMiddle().On("fetch").Skip(2).Once()) // the third fetch ends in the middle
//	late := srv.Inject(fault.AbortDelayed(5 * time.Second))  // an abort takes its time
//	...
//	late.Remove()
//
// Several faults work together; those that change the same thing do so in the order in which they were injected.
//
// # The connection: when bytes come, and how many
//
//   - [FragmentFrames] cuts answers into frames, [PadTo] makes them longer, and [Drip] slows them down.
//   - [Delay] holds answers back.
//   - [Pongs], [StatusMessages] and [ExtraAnswer] send things that nobody has asked for.
//   - [CutRequest], [CutAnswer], [CutMiddle], [CutFragment] and [CutAfter] cut the connection without a Close frame, at
//     moments from before a command runs to after its answer.
//
// # Compression
//
//   - [CorruptZlib], [TruncateZlib], [ZlibBomb] and [TextWhileCompressed] strike compressed answers only.
//   - [BinaryFrames] strikes answers that are not compressed.
//
// # The text of answers
//
//   - [TruncateJSON] and [Garbage] break the text.
//   - [WhiteSpace], [ReorderKeys] and [UnknownKeys] write it as other versions may.
//   - [OmitKeys], [SetKey] and [Replace] change it in any other way that a test needs.
//
// # Attributes
//
//   - [OpenTransactionAsNumber] and [AttributesEverywhere] report attributes as some servers do.
//
// # Result sets
//
//   - [SplitInline], [FetchRows] and [AllRows] decide which rows come with which answer.
//   - [EmptyArrays] and [NegativeHandles] write the same result in another way.
//   - [DuplicateNames] and [EmptyNames] rename columns.
//   - [WrongNumRows], [MissingColumn], [RaggedColumns], [WrongKinds] and [NumbersAsStrings] break rows.
//
// # Aborts
//
// Without a fault, an abort ends the running command at once, with R0003, if the command runs a statement, prepares one
// or reads metadata. For other commands, and when nothing is running, it is ignored. [Fault.On] limits these faults to
// aborts of certain commands.
//
//   - [AbortIgnored] makes the abort do nothing, [AbortDelayed] makes it slow, and [AbortLate] makes it hit the wrong
//     command.
//   - [AbortDrops] and [AbortRollsBack] make it end more than the command: the connection or the transaction.
//   - [AbortFetch] lets it hit a fetch.
//
// # Tunnels of IMPORT and EXPORT
//
// These faults strike tunnels when they are opened, or files when a statement opens them, and each of them counts on its
// own. Commands, and [Fault.On], play no part.
//
//   - [TunnelAnswerInPieces] and [TunnelOpening] strike the answer to a new tunnel.
//   - [TunnelTLS], [TunnelRequest], [TunnelContent], [TunnelEnd] and [TunnelReply] strike a step of a file with an
//     [Action].
//   - [TunnelContentLength], [TunnelExpectContinue] and [TunnelProbe] are other ways to write a file, [TunnelAskTwice] and
//     [TunnelAskAgain] other ways to read one.
//   - [TransferFails] strikes the statement when its file has gone through.
//
// Two faults strike the statements themselves: [TunnelIgnored] fails before it connects, and [TransferSucceeds] reports
// success whatever has come of the file. Both spare statements that are no IMPORT or EXPORT with a clause AT.
package fault

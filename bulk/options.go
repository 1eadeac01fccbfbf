package bulk

import "github.com/exawire/exawire"

// Option changes how data is moved.
type Option func(*options)

// options are those of one transfer.
type options struct {
	csv        CSV
	columns    []string
	parallel   int
	progress   func(Progress)
	reject     Reject
	encryption Encryption
	compress   bool
	compressed Compression
	mapping    []exawire.MapOption
	truncate   bool
}

func newOptions(opts []Option) *options {
	o := &options{}
	for _, set := range opts {
		if set != nil {
			set(o)
		}
	}
	return o
}

// Format says how the fields of the files are written. The default is the zero [CSV]. What cannot be, such as a separator that
// is the delimiter as well, or what is for the other direction, is an error before anything is sent; what only the database
// knows, such as the names of encodings, is left to it.
func Format(csv CSV) Option { return func(o *options) { o.csv = csv } }

// Columns names the columns of the table that take part, in the order of the fields. The names are those of the database, as
// they are: they are quoted. By default all columns do, in the order of the table. The columns of an exported query stand in
// the query.
func Columns(names ...string) Option { return func(o *options) { o.columns = names } }

// Parallel is how many tunnels there are at a time, at most. Each of several files has its own: 16 at a time unless this says
// otherwise, and more files than that are imported by further statements of the same transaction. Rows go through one tunnel
// unless this says otherwise. 0 is the default. Export has one tunnel for each file in any case.
func Parallel(n int) Option { return func(o *options) { o.parallel = n } }

// Compress compresses the data on its way between client and database, by gzip: Import compresses what it reads, and Export
// decompresses what it gets. What is compressed already goes as it is: files whose names say so, and everything if there is
// [Compressed] as well.
func Compress() Option { return func(o *options) { o.compress = true } }

// Compressed says that readers give, and writers are to get, compressed data, which goes as it is. The names of files tell by
// their extensions, .gz, .bz2 or .zip: this is for those that have no such name, and must not contradict one that has.
func Compressed(c Compression) Option { return func(o *options) { o.compressed = c } }

// Compression is how the bytes of a file are compressed.
type Compression string

// The compressions that Exasol knows.
const (
	Gzip  Compression = "gz"
	Bzip2 Compression = "bz2"
	Zip   Compression = "zip" // for Import only
)

// Rejected says what becomes of rows that cannot be imported.
func Rejected(r Reject) Option { return func(o *options) { o.reject = r } }

// Reject says how many rows may be refused, and where they go. The zero value is that no row may. The limit is that of each
// statement: see [Parallel]. Rows counts the others.
type Reject struct {
	Limit int    // rows that may be refused without failing the statement; Unlimited for any number
	Into  string // table for what was refused, a name as in SQL; "" for none
	Tag   string // what stands beside each refused row, to tell statements apart; only with Into
}

// Unlimited as a Limit of [Reject] means any number of rows.
const Unlimited = -1

// Encrypt says how the data is protected on its way. The default is [EncryptionAuto].
func Encrypt(e Encryption) Option { return func(o *options) { o.encryption = e } }

// Encryption is how the data is protected on its way between client and database.
type Encryption int

// The ways to protect data.
const (
	// EncryptionAuto encrypts if the session is encrypted, with a key made for this transfer that the statement pins. If the
	// release of the database does not know the clause PUBLIC KEY, the transfer is refused: choose one of the others.
	EncryptionAuto Encryption = iota
	// EncryptionPinned is the same for every session.
	EncryptionPinned
	// EncryptionUnverified encrypts, and the database does not check whom it talks to: for releases before 8.32.
	EncryptionUnverified
	// EncryptionOff sends the data as it is.
	EncryptionOff
)

// OnProgress has a function called while data moves: at most ten times a second and once at the end, by one goroutine at a
// time. It should return soon, since the transfer waits for it: when the context has ended, no longer than
// Config.CancelGrace, and there is no report at the end then. It must not use the session, which is busy.
func OnProgress(fn func(Progress)) Option { return func(o *options) { o.progress = fn } }

// Progress is how far a transfer has come.
type Progress struct {
	Bytes int64          // through all tunnels
	Rows  int64          // that are known to have been moved, -1 while nobody knows
	Files []FileProgress // in their order
	Done  bool           // the transfer has ended, well or not
}

// FileProgress is how far one file has come.
type FileProgress struct {
	Name  string // "" for a reader or writer without a name
	Bytes int64  // through its tunnel, from 0 if the database asks for it again
	Size  int64  // what Bytes will be, -1 if that is not known; of a Parquet file its size, of which parts may be read or twice
	Done  bool
}

// Result is what was moved.
type Result struct {
	Rows  int64          // as the database counts them
	Files []FileProgress // in their order
}

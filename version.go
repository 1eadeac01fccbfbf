package exawire

// Version is the version of this module, as it is told to servers.
const Version = "0.1.0"

// driverName is what servers show in the DRIVER column of their session tables.
const driverName = "exawire " + Version

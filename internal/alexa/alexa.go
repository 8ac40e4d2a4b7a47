// Package alexa is the wire between Alexa and the service: it decodes requests, encodes responses within Amazon's
// limits, builds SSML that is well-formed by construction, and reads the periods that an AMAZON.DATE slot holds.
//
// It does no I/O, reads no clock and writes no log, and it does not verify who sent a request.
package alexa

// Package alexa converts between Alexa's JSON and Go. It decodes requests, encodes responses within Amazon's limits,
// builds well-formed SSML, and parses the values of AMAZON.DATE slots.
//
// It does no I/O, reads no clock and writes no log. It does not verify who sent a request.
package alexa

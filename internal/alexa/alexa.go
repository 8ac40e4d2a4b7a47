// Package alexa converts between Alexa's JSON and Go. It decodes requests, encodes responses within Amazon's limits,
// builds well-formed SSML, and parses the values of AMAZON.DATE slots.
//
// It does not do I/O, read the clock or write logs. It does not verify that a request comes from Alexa.
package alexa

package alexa

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrMalformed is wrapped by every error of [Decode].
var ErrMalformed = errors.New("alexa: malformed request")

// Decode reads a request. It is lenient about what it does not know: unknown fields and request types, nulls, and
// fields of another JSON type than expected, which are left zero. What is not one JSON object in UTF-8, has a name
// twice in an object, nests deeper than 64 levels, or has no request type gives an error that wraps [ErrMalformed]; it
// never quotes the body, which holds tokens.
//
// Keys match to the letter. A name that occurs twice is refused, because another
// reader of the same body could take the other value.
//
// The body is not kept: nothing in the Envelope shares its memory.
func Decode(body []byte) (*Envelope, error) {
	s := newScanner(body)
	if s.PeekKind() != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	e := s.envelope()
	switch err := s.end(); {
	case err != nil && !utf8.Valid(body):
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return nil, fmt.Errorf("%w: duplicate name after byte %d", ErrMalformed, s.InputOffset())
	case err != nil:
		return nil, fmt.Errorf("%w: not valid JSON after byte %d", ErrMalformed, s.InputOffset())
	case e.Request.Type == "":
		return nil, fmt.Errorf("%w: no request type", ErrMalformed)
	}
	return e, nil
}

func (s *scanner) envelope() *Envelope {
	e := new(Envelope)
	for key := range s.fields() {
		switch key {
		case "version":
			e.Version = s.text()
		case "session":
			e.Session = s.session()
		case "context":
			s.context(&e.Context)
		case "request":
			s.request(&e.Request)
		}
	}
	return e
}

func (s *scanner) session() *Session {
	if !s.is('{') {
		return nil
	}
	session := new(Session)
	for key := range s.fields() {
		switch key {
		case "new":
			session.New = s.boolean()
		case "sessionId":
			session.SessionID = s.text()
		case "application":
			session.Application.ApplicationID = s.member("applicationId")
		case "attributes":
			session.Attributes = s.raw()
		case "user":
			s.user(&session.User)
		}
	}
	return session
}

func (s *scanner) user(u *User) {
	for key := range s.fields() {
		switch key {
		case "userId":
			u.UserID = s.text()
		case "accessToken":
			u.AccessToken = s.text()
		}
	}
}

func (s *scanner) context(c *Context) {
	for key := range s.fields() {
		switch key {
		case "System":
			s.system(&c.System)
		case "AudioPlayer":
			s.playback(&c.AudioPlayer)
		}
	}
}

func (s *scanner) playback(p *Playback) {
	for key := range s.fields() {
		switch key {
		case "token":
			p.Token = s.text()
		case "offsetInMilliseconds":
			p.Offset = s.milliseconds()
		case "playerActivity":
			p.Activity = s.text()
		}
	}
}

func (s *scanner) system(system *System) {
	for key := range s.fields() {
		switch key {
		case "application":
			system.Application.ApplicationID = s.member("applicationId")
		case "user":
			s.user(&system.User)
		case "device":
			s.device(&system.Device)
		}
	}
}

func (s *scanner) device(d *Device) {
	for key := range s.fields() {
		switch key {
		case "deviceId":
			d.DeviceID = s.text()
		case "supportedInterfaces":
			d.SupportedInterfaces = s.raw()
		}
	}
}

// milliseconds takes a number of milliseconds, without its fraction. What is negative or no Duration gives 0: nothing
// comes near it, and no number may wrap into another. As far as a Duration goes a float64 has each whole millisecond.
func (s *scanner) milliseconds() time.Duration {
	const most = float64(math.MaxInt64 / time.Millisecond)
	ms, err := strconv.ParseFloat(s.numeral(), 64)
	if err != nil || ms < 0 || ms > most {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

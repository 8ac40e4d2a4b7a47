package alexa

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrMalformed is wrapped by every error of [Decode].
var ErrMalformed = errors.New("alexa: malformed request")

// Decode reads a request. It is lenient about what it does not know: unknown
// fields and request types, nulls, and fields of another JSON type than
// expected, which are left zero. What is not one JSON object in UTF-8, nests
// deeper than 64 levels, or has no request type gives an error that wraps
// [ErrMalformed]; it never quotes the body, which holds tokens.
//
// Keys match to the letter. Of a key that occurs twice the last value holds, and
// objects are merged, as encoding/json has it; which is harmless, as all of the
// body is signed by one sender.
//
// The body is not kept: nothing in the Envelope shares its memory.
func Decode(body []byte) (*Envelope, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	s := scanner{data: body}
	if s.peek() != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	e := s.envelope()
	if s.failed || !s.atEnd() {
		return nil, fmt.Errorf("%w: not valid JSON at byte %d", ErrMalformed, s.failedAt)
	}
	if e.Request.Type == "" {
		return nil, fmt.Errorf("%w: no request type", ErrMalformed)
	}
	return e, nil
}

func (s *scanner) envelope() *Envelope {
	e := new(Envelope)
	for key := range s.fields() {
		switch string(key) {
		case "version":
			e.Version = s.text()
		case "session":
			e.Session = s.session()
		case "context":
			s.context(&e.Context)
		case "request":
			s.request(&e.Request)
		default:
			s.skip()
		}
	}
	return e
}

func (s *scanner) session() *Session {
	if s.peek() != '{' {
		s.skip()
		return nil
	}
	session := new(Session)
	for key := range s.fields() {
		switch string(key) {
		case "new":
			session.New = s.boolean()
		case "sessionId":
			session.SessionID = s.text()
		case "application":
			s.application(&session.Application)
		case "attributes":
			session.Attributes = s.members()
		case "user":
			s.user(&session.User)
		default:
			s.skip()
		}
	}
	return session
}

func (s *scanner) application(a *Application) {
	for key := range s.fields() {
		switch string(key) {
		case "applicationId":
			a.ApplicationID = s.text()
		default:
			s.skip()
		}
	}
}

func (s *scanner) user(u *User) {
	for key := range s.fields() {
		switch string(key) {
		case "userId":
			u.UserID = s.text()
		case "accessToken":
			u.AccessToken = s.text()
		default:
			s.skip()
		}
	}
}

func (s *scanner) context(c *Context) {
	for key := range s.fields() {
		switch string(key) {
		case "System":
			s.system(&c.System)
		default:
			s.skip()
		}
	}
}

func (s *scanner) system(system *System) {
	for key := range s.fields() {
		switch string(key) {
		case "application":
			s.application(&system.Application)
		case "user":
			s.user(&system.User)
		case "device":
			s.device(&system.Device)
		default:
			s.skip()
		}
	}
}

func (s *scanner) device(d *Device) {
	for key := range s.fields() {
		switch string(key) {
		case "deviceId":
			d.DeviceID = s.text()
		case "supportedInterfaces":
			d.SupportedInterfaces = s.members()
		default:
			s.skip()
		}
	}
}

func (s *scanner) request(r *Request) {
	for key := range s.fields() {
		switch string(key) {
		case "type":
			r.Type = s.text()
		case "requestId":
			r.RequestID = s.text()
		case "timestamp":
			r.Timestamp = s.text()
		case "locale":
			r.Locale = s.text()
		case "intent":
			s.intent(&r.Intent)
		case "reason":
			r.Reason = s.text()
		case "error":
			s.complaint(&r.Error)
		case "cause":
			s.cause(&r.Cause)
		default:
			s.skip()
		}
	}
}

func (s *scanner) complaint(e *Error) {
	for key := range s.fields() {
		switch string(key) {
		case "type":
			e.Type = s.text()
		case "message":
			e.Message = s.text()
		default:
			s.skip()
		}
	}
}

func (s *scanner) cause(c *Cause) {
	for key := range s.fields() {
		switch string(key) {
		case "requestId":
			c.RequestID = s.text()
		default:
			s.skip()
		}
	}
}

func (s *scanner) intent(i *Intent) {
	for key := range s.fields() {
		switch string(key) {
		case "name":
			i.Name = s.text()
		case "slots":
			i.Slots = s.slots()
		default:
			s.skip()
		}
	}
}

func (s *scanner) slots() map[string]Slot {
	var slots map[string]Slot
	for key := range s.fields() {
		if slots == nil {
			slots = make(map[string]Slot)
		}
		slots[string(key)] = s.slot()
	}
	return slots
}

func (s *scanner) slot() (slot Slot) {
	for key := range s.fields() {
		switch string(key) {
		case "name":
			slot.Name = s.text()
		case "value":
			slot.Value = s.text()
		case "slotValue":
			slot.Values = s.slotValue()
		default:
			s.skip()
		}
	}
	return slot
}

// slotValue reads {"type":"Simple","value":"…"} and
// {"type":"List","values":[{"type":"Simple","value":"…"},…]}.
func (s *scanner) slotValue() (values []string) {
	for key := range s.fields() {
		switch string(key) {
		case "value":
			if value := s.text(); value != "" {
				values = append(values, value)
			}
		case "values":
			for range s.elements() {
				values = append(values, s.slotValue()...)
			}
		default:
			s.skip()
		}
	}
	return values
}

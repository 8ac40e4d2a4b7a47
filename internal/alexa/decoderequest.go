package alexa

func (s *scanner) request(r *Request) {
	for key := range s.fields() {
		switch key {
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
			r.Cause.RequestID = s.member("requestId")
		case "token":
			r.Token = s.text()
		case "offsetInMilliseconds":
			r.Offset = s.milliseconds()
		case "arguments":
			r.Arguments = s.arguments()
		}
	}
}

func (s *scanner) complaint(e *Error) {
	for key := range s.fields() {
		switch key {
		case "type":
			e.Type = s.text()
		case "message":
			e.Message = s.text()
		}
	}
}

func (s *scanner) intent(i *Intent) {
	for key := range s.fields() {
		switch key {
		case "name":
			i.Name = s.text()
		case "slots":
			i.Slots = s.slots()
		}
	}
}

func (s *scanner) slots() map[string]Slot {
	var slots map[string]Slot
	for key := range s.fields() {
		if slots == nil {
			slots = make(map[string]Slot)
		}
		slots[key] = s.slot()
	}
	return slots
}

func (s *scanner) slot() (slot Slot) {
	var newer []string // the same names once more, in most requests
	for key := range s.fields() {
		switch key {
		case "name":
			slot.Name = s.text()
		case "value":
			slot.Value = s.text()
		case "resolutions":
			slot.Resolved = s.resolutions(nil)
		case "slotValue":
			slot.Values, newer = s.slotValue(nil, nil)
		}
	}
	if len(slot.Resolved) == 0 {
		slot.Resolved = newer
	}
	return slot
}

// slotValue reads {"type":"Simple","value":"…","resolutions":{…}} and
// {"type":"List","values":[{"type":"Simple","value":"…"},…]}, and adds to what was said, and to what that stands for.
func (s *scanner) slotValue(values, resolved []string) ([]string, []string) {
	for key := range s.fields() {
		switch key {
		case "value":
			values = appendSome(values, s.text())
		case "resolutions":
			resolved = s.resolutions(resolved)
		case "values":
			for range s.elements() {
				values, resolved = s.slotValue(values, resolved)
			}
		}
	}
	return values, resolved
}

// resolutions adds the names that the authorities, which are the slot type's own
// values and those that were given it at run time, have found.
func (s *scanner) resolutions(names []string) []string {
	for key := range s.fields() {
		if key == "resolutionsPerAuthority" {
			for range s.elements() {
				names = append(names, s.authority()...)
			}
		}
	}
	return names
}

// authority reads {"status":{"code":"ER_SUCCESS_MATCH"},"values":[{"value":{"name":"…"}},…]}.
// The status may come behind what it decides on.
func (s *scanner) authority() (names []string) {
	matched := false
	for key := range s.fields() {
		switch key {
		case "status":
			matched = s.member("code") == "ER_SUCCESS_MATCH"
		case "values":
			names = s.matches()
		}
	}
	if !matched {
		return nil
	}
	return names
}

func (s *scanner) matches() (names []string) {
	for range s.elements() {
		for key := range s.fields() {
			if key == "value" {
				names = appendSome(names, s.member("name"))
			}
		}
	}
	return names
}

func appendSome(texts []string, text string) []string {
	if text == "" {
		return texts
	}
	return append(texts, text)
}

// maxArguments is how many arguments of a touch are kept: what a screen of this skill sends is one or two.
const maxArguments = 16

func (s *scanner) arguments() (arguments []string) {
	for range s.elements() {
		var argument string
		if s.PeekKind() == '"' {
			argument = s.text()
		} else if argument = s.numeral(); argument == "" {
			continue
		}
		if len(arguments) < maxArguments {
			arguments = append(arguments, argument)
		}
	}
	return arguments
}

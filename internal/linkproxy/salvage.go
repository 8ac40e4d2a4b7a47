package linkproxy

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
)

// salvaged are the exchanges of the former file that go into the next one, as lines, before that file is overwritten: those
// of the last traces in which the OAuth server gave something. Without that, whoever asks for nothing a few thousand times
// would wipe out what is known of the links that there are. Nothing that was recorded in clear lives longer by it.
func (s *store) salvaged() (lines [][]byte) {
	former, _, err := readExchanges(filepath.Join(s.dir, formerFile))
	if err != nil || len(former) == 0 {
		return nil
	}
	current, _, _ := readExchanges(filepath.Join(s.dir, currentFile)) // what cannot be read proves nothing
	proven := map[string]bool{}
	for _, x := range slices.Concat(former, current) {
		proven[x.Trace] = proven[x.Trace] || x.proven()
	}
	size := 0
	for _, x := range slices.Backward(former) {
		if !proven[x.Trace] || x.Full {
			continue
		}
		line, err := json.Marshal(x)
		if size += len(line) + 1; err != nil || size > maxFile/2 || len(lines) == maxExchanges/2 {
			break
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return lines
}

// proven reports whether an exchange shows that the OAuth server believed who asked: it gave a token, or a code that goes
// to Amazon.
func (x *Exchange) proven() bool {
	if x.Leg == LegToken {
		return x.Status == 200 && x.Facts.Members["access_token"].Kind == "string"
	}
	if x.Facts.Back.get("code") == "" {
		return false
	}
	to, err := url.Parse(x.Facts.Back.To)
	return err == nil && amazons(to.Hostname())
}

// restore begins a file with lines of an earlier one.
func (s *store) restore(lines [][]byte) error {
	if len(lines) == 0 {
		return nil
	}
	content := append(bytes.Join(lines, []byte("\n")), '\n')
	n, err := s.file.Write(content)
	if err != nil {
		return err
	}
	s.size, s.count = int64(n), len(lines)
	return nil
}

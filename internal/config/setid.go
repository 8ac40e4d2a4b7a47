package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// SetApplicationID returns the content of a configuration file with another application_id for the skill of that name. It
// changes nothing else: comments, quotes and line ends stay. It refuses a value that is not plain text in the file, such as
// one from the environment. The error then says where to write the id.
func SetApplicationID(content []byte, skill, id string, getenv func(string) (string, bool)) ([]byte, error) {
	want, err := Parse("the configuration", content, getenv)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(want.Skills, func(s Skill) bool { return s.Name == skill })
	if at < 0 {
		return nil, fmt.Errorf("the configuration does not have the skill %q", skill)
	}
	old := want.Skills[at].ApplicationID
	if old == id {
		return content, nil
	}
	if strings.Contains(rawApplicationID(content, at), "$") {
		return nil, errors.New("application_id comes from the environment: set it there")
	}
	want.Skills[at].ApplicationID = id
	for _, start := range occurrences(content, old) {
		changed := slices.Concat(content[:start], []byte(id), content[start+len(old):])
		got, err := Parse("the configuration", changed, getenv)
		if err == nil && reflect.DeepEqual(want, got) {
			return changed, nil
		}
	}
	return nil, errors.New("application_id cannot be changed without a change of something else: write it by hand")
}

// maxOccurrences limits the work for a file that repeats an id in its comments.
const maxOccurrences = 50

// occurrences returns the first positions of a text.
func occurrences(content []byte, text string) (starts []int) {
	for start := 0; len(starts) < maxOccurrences; start += len(text) {
		next := bytes.Index(content[start:], []byte(text))
		if next < 0 {
			break
		}
		start += next
		starts = append(starts, start)
	}
	return starts
}

// rawApplicationID returns the application_id of a skill as the file has it, with its variables. The content must be a valid
// configuration.
func rawApplicationID(content []byte, skill int) string {
	root := newProblemCollector("").parseFile(content)
	skills, ok := valueOfKey(root, "skills").(*ast.SequenceNode)
	if !ok || skill >= len(skills.Values) {
		return ""
	}
	text, _ := nodeText(valueOfKey(skills.Values[skill], "application_id"))
	return text
}

// valueOfKey returns the value of a key in a mapping, or nil.
func valueOfKey(n ast.Node, key string) ast.Node {
	pairs, _ := mappingPairs(n)
	for _, pair := range pairs {
		if name, _ := keyNameAndLine(pair.Key); name == key {
			return pair.Value
		}
	}
	return nil
}

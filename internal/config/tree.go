package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// The limits keep hostile or accidental input (a log file, a device) from costing more than a second. The YAML library has
// none of its own on this path: its scanner takes quadratic time over blank lines in a block of text, its parser quadratic
// time and memory over nesting, and quadratic time over the number of keys in a mapping. No real file comes near them.
const (
	maxSize   = 1 << 20 // bytes
	maxTokens = 20_000  // some 6,000 keys or 20,000 comments
	maxDepth  = 20      // brackets in brackets
	maxColumn = 100     // where a key or a list's dash may stand
	maxBlank  = 100     // blank lines in a row
	maxText   = 4096    // bytes of a value, as the file has it
)

// parseFile is the file's mapping, or nil after a fault that leaves nothing to go on with.
func (r *problemCollector) parseFile(data []byte) ast.Node {
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	if !r.checkText(data) {
		return nil
	}
	file, err := parseYAML(string(data))
	if err != nil {
		r.addSyntaxProblem(data, err)
		return nil
	}
	return r.singleDocument(file)
}

// checkText checks the text before the YAML library sees it.
func (r *problemCollector) checkText(data []byte) bool {
	switch {
	case len(data) > maxSize:
		r.addProblem(1, "", "is larger than 1 MiB: this cannot be the configuration")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		r.addProblem(1, "", "is in UTF-16: save it as UTF-8")
	default:
		blank := 0
		for i, line := range bytes.Split(data, []byte("\n")) {
			blank++
			if len(bytes.TrimSpace(line)) > 0 {
				blank = 0
			}
			if message := checkTextLine(line, blank); message != "" {
				r.addProblem(i+1, "", message)
			}
		}
	}
	return len(r.problems) == 0
}

// checkTextLine says what is wrong with a line that ends a run of so many blank ones.
func checkTextLine(line []byte, blank int) string {
	indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
	switch {
	case !utf8.Valid(line):
		return "is not UTF-8 here: save the file as UTF-8"
	case bytes.ContainsFunc(line, func(c rune) bool { return c != '\t' && (unicode.IsControl(c) || c == '\ufeff') }):
		return "has a control character here: remove it"
	case bytes.ContainsRune(indent, '\t'):
		return "is indented with a tab, which YAML does not allow: use spaces"
	case blank == maxBlank+1:
		return fmt.Sprintf("has more than %d blank lines in a row: remove some", maxBlank)
	}
	return ""
}

// syntaxError is what the YAML library's errors can say beyond their text, which quotes the file.
type syntaxError interface {
	error
	GetMessage() string
	GetToken() *token.Token
}

// refusedSyntax is what this package refuses before the library's parser sees it.
type refusedSyntax struct {
	line    int
	message string
}

func (e refusedSyntax) Error() string { return e.message }

// parseYAML is the YAML library behind a guard: malformed input has made several of its versions panic.
func parseYAML(src string) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, errors.New("the YAML library panicked")
		}
	}()
	tokens, err := scanTokens(src)
	if err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// scanTokens gives the tokens, or a refusal.
func scanTokens(src string) (token.Tokens, error) {
	var s scanner.Scanner
	s.Init(src)
	var tokens token.Tokens
	for brackets := 0; ; {
		more, err := s.Scan()
		before := len(tokens)
		tokens.Add(more...)
		for i, t := range more {
			brackets += bracketDelta(t)
			if message := checkToken(t, brackets, before+i+1); message != "" {
				return nil, refusedSyntax{t.Position.Line, message}
			}
		}
		switch {
		case errors.Is(err, io.EOF) || err != nil && tokens.InvalidToken() != nil: // the parser says more of an invalid token
			return tokens, nil
		case err != nil:
			return nil, err
		}
	}
}

// checkToken judges a token by how many brackets are open after it, and how many tokens there are.
func checkToken(t *token.Token, brackets, count int) string {
	switch {
	case count > maxTokens:
		return "has too much in it up to here: this cannot be the configuration"
	case brackets > maxDepth, brackets == 0 && indentColumn(t) > maxColumn:
		return "is nested too deeply: no key is more than three levels down"
	case brackets < 0: // the parser would pass over it in some places
		return "is not valid YAML: a ] or } closes nothing; remove it"
	case t.Type == token.DirectiveType:
		return "has a YAML directive (%), which is not supported: remove it, or put a value that begins with % in quotes"
	}
	return ""
}

func bracketDelta(t *token.Token) int {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		return 1
	case token.SequenceEndType, token.MappingEndType:
		return -1
	}
	return 0
}

// indentColumn is where t begins a level by its indentation, and 0 where it does not.
func indentColumn(t *token.Token) int {
	switch {
	case t.Type == token.SequenceEntryType, t.Type == token.MappingKeyType:
		return t.Position.Column
	case t.Type == token.MappingValueType && t.Prev != nil:
		return t.Prev.Position.Column
	}
	return 0
}

// addSyntaxProblem reports why there is no tree.
func (r *problemCollector) addSyntaxProblem(data []byte, err error) {
	if refused, ok := errors.AsType[refusedSyntax](err); ok {
		r.addProblem(refused.line, "", refused.message)
		return
	}
	line, message := 1, "there is a bracket, a quote or a sign out of place"
	if fault, ok := errors.AsType[syntaxError](err); ok {
		message = fault.GetMessage()
		if t := fault.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	remedy := "look at the indentation, brackets and quotes here and in the line above"
	if strings.HasPrefix(message, "','") && bytes.Contains(sourceLine(data, line), []byte("${")) {
		remedy = "a value with ${NAME} inside [ ] or { } needs quotes"
	}
	r.addProblem(line, "", fmt.Sprintf("is not valid YAML: %s; %s", strings.TrimSpace(message), remedy))
}

func sourceLine(data []byte, n int) []byte {
	lines := bytes.Split(data, []byte("\n"))
	return lines[min(max(n, 1), len(lines))-1]
}

// singleDocument takes the one mapping out of the file.
func (r *problemCollector) singleDocument(file *ast.File) ast.Node {
	switch {
	case len(file.Docs) > 1:
		line := 1
		if second := file.Docs[1]; second.Start != nil {
			line = second.Start.Position.Line
		} else if second.Body != nil {
			line = nodeLine(second.Body)
		}
		r.addProblem(line, "", "begins a second YAML document: the configuration is a single one")
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		r.addProblem(1, "", "is empty: start from configs/skill.yaml")
	default:
		return file.Docs[0].Body
	}
	return nil
}

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

// Limits for hostile or accidental input, such as a log file or a device. Without them, a parse could take minutes. The
// YAML library has no limits here: its scanner takes quadratic time for blank lines in a text block. Its parser takes
// quadratic time and memory for nesting, and quadratic time for the number of keys. Real files stay far below the
// limits.
const (
	maxSize   = 1 << 20 // bytes
	maxTokens = 20_000  // about 6,000 keys or 20,000 comments
	maxDepth  = 20      // nested brackets
	maxColumn = 100     // column of a key or a list dash
	maxBlank  = 100     // blank lines in a row
	maxText   = 4096    // bytes of a value in the file
)

// parseFile returns the file's mapping, or nil after a fault that makes decoding impossible.
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

// checkText checks the text before the YAML library parses it.
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

// checkTextLine checks one line. blank is the number of consecutive blank lines that end with it.
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

// syntaxError is the YAML library's error. Its text is not used, because it quotes the file, which may contain secrets.
type syntaxError interface {
	error
	GetMessage() string
	GetToken() *token.Token
}

// refusedSyntax is an error that this package finds before the library's parser runs.
type refusedSyntax struct {
	line    int
	message string
}

func (e refusedSyntax) Error() string { return e.message }

// parseYAML calls the YAML library and recovers from panics. Malformed input has caused panics in several of its
// versions.
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

// scanTokens returns the tokens, or a refusedSyntax error.
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
		case errors.Is(err, io.EOF) || err != nil && tokens.InvalidToken() != nil: // the parser explains invalid tokens better
			return tokens, nil
		case err != nil:
			return nil, err
		}
	}
}

// checkToken checks a token. brackets is the number of open brackets after it, and count the number of tokens so far.
func checkToken(t *token.Token, brackets, count int) string {
	switch {
	case count > maxTokens:
		return "is too large for a configuration"
	case brackets > maxDepth, brackets == 0 && indentColumn(t) > maxColumn:
		return "is nested too deeply: the configuration has at most three levels"
	case brackets < 0: // the parser ignores it in some places
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

// indentColumn returns the column where t begins a level by indentation, or 0 if it does not.
func indentColumn(t *token.Token) int {
	switch {
	case t.Type == token.SequenceEntryType, t.Type == token.MappingKeyType:
		return t.Position.Column
	case t.Type == token.MappingValueType && t.Prev != nil:
		return t.Prev.Position.Column
	}
	return 0
}

// addSyntaxProblem reports why parsing failed.
func (r *problemCollector) addSyntaxProblem(data []byte, err error) {
	if refused, ok := errors.AsType[refusedSyntax](err); ok {
		r.addProblem(refused.line, "", refused.message)
		return
	}
	line, message := 1, "a bracket, a quote or another character is in the wrong place"
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

// singleDocument returns the body of the file's only document.
func (r *problemCollector) singleDocument(file *ast.File) ast.Node {
	switch {
	case len(file.Docs) > 1:
		line := 1
		if second := file.Docs[1]; second.Start != nil {
			line = second.Start.Position.Line
		} else if second.Body != nil {
			line = nodeLine(second.Body)
		}
		r.addProblem(line, "", "begins a second YAML document: the configuration is only one")
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		r.addProblem(1, "", "is empty: start from configs/skill.yaml")
	default:
		return file.Docs[0].Body
	}
	return nil
}

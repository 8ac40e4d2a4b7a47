package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A prosePattern finds wording that the glossary refuses.
type prosePattern struct {
	row     string // the first cell of the row in docs/glossary.md
	pattern *regexp.Regexp
	exempt  *regexp.Regexp // accepts a match, nil for none
	limit   float64        // hits per 1,000 words, as in the texts of well-known Go projects
}

var prosePatterns = []prosePattern{
	{row: "nobody, whoever, whomever", pattern: regexp.MustCompile(`(?i)\b(?:nobody|whoever|whomever)\b`)},
	{row: "anew, once more", pattern: regexp.MustCompile(`(?i)\b(?:anew|once more)\b`)},
	{row: "bereft, amiss, noughts, hinder, mend, fares", pattern: regexp.MustCompile(`(?i)\b(?:bereft|amiss|noughts?|hinder(?:s|ed)?|mend(?:s|ed)?|fares)\b`)},
	{row: "of which, by which, with which", pattern: regexp.MustCompile(`\b(?:of|by|with|from|behind) (?:which|whom)\b`), limit: 0.1},
	{row: "tells whether", pattern: regexp.MustCompile(`(?i)\btells whether\b`)},
	{row: "she, her (Alexa)", pattern: regexp.MustCompile(`\b(?:Alexa|Amazon)\b[^.]{0,60}\b(?:she|her|hers)\b|\b[Ss]he (?:says|sends|asks|waits|calls|plays|hears|takes)\b`)},
	{row: "is no X, has no X (before a noun)", pattern: regexp.MustCompile(`(?:\b[Tt]here )?\b(?:is|are|was|were) no \w+`), exempt: regexp.MustCompile(`^[Tt]here|(?:longer|more|matter)$`), limit: 0.3},
	{row: "that of, those of, those who, those that", pattern: regexp.MustCompile(`\b(?:that of|those (?:who|that|of))\b`), limit: 0.3},
	{row: "What … as a subject", pattern: regexp.MustCompile(`(?:^|[.:;] )What [a-z]+`), exempt: regexp.MustCompile(`(?:is|are|does|do|it|this|to|you|happens)$`), limit: 0.1},
}

// count returns the number of hits in a text.
func (p prosePattern) count(text string) (hits int) {
	for _, match := range p.pattern.FindAllString(text, -1) {
		if p.exempt == nil || !p.exempt.MatchString(match) {
			hits++
		}
	}
	return hits
}

// A passage is a line of prose: a comment, a string or a line of Markdown.
type passage struct {
	kind, place, text string
}

func TestProse(t *testing.T) {
	requireNoFaults(t, proseFaults(prosePatterns, append(goPassages(readSources(t)), textPassages(t)...)))
}

// proseFaults lists the passages with refused wording, for each pattern and kind of text above its limit.
func proseFaults(patterns []prosePattern, passages []passage) (faults []string) {
	words := map[string]int{}
	for _, p := range passages {
		words[p.kind] += len(strings.Fields(p.text))
	}
	for _, pattern := range patterns {
		hits, places := map[string]int{}, map[string][]string{}
		for _, p := range passages {
			if n := pattern.count(p.text); n > 0 {
				hits[p.kind] += n
				places[p.kind] = append(places[p.kind], fmt.Sprintf("%s: docs/glossary.md refuses %q: %.100q", p.place, pattern.row, p.text))
			}
		}
		for _, kind := range []string{"comments", "strings", "Markdown"} {
			if float64(1000*hits[kind]) > pattern.limit*float64(words[kind]) {
				faults = append(faults, places[kind]...)
			}
		}
	}
	return faults
}

// goPassages returns the comments and the string literals of Go files. The glossary's words in this package are quotations.
func goPassages(files []sourceFile) (found []passage) {
	for _, file := range files {
		for _, group := range file.parsed.Comments {
			for _, comment := range group.List {
				found = append(found, file.lines("comments", comment.Pos(), strings.TrimPrefix(comment.Text, "//"))...)
			}
		}
		if file.dir == "internal/archtest" {
			continue
		}
		ast.Inspect(file.parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					found = append(found, file.lines("strings", literal.Pos(), text)...)
				}
			}
			return true
		})
	}
	return found
}

// lines returns the passages of a text that begins at a position.
func (s sourceFile) lines(kind string, at token.Pos, text string) (found []passage) {
	number := s.files.Position(at).Line
	for line := range strings.Lines(text) {
		found = append(found, passage{kind, fmt.Sprintf("%s:%d", s.name, number), strings.TrimSpace(line)})
		number++
	}
	return found
}

// textPassages returns the Markdown outside of fenced blocks, and the comments of scripts, workflows and the Makefile.
// The glossary itself quotes what it refuses.
func textPassages(t *testing.T) (found []passage) {
	t.Helper()
	for name, content := range readFiles(t, func(name string) bool {
		return path.Base(name) != "glossary.md" &&
			(slices.Contains([]string{".md", ".sh", ".yml", ".yaml", ".conf", ""}, path.Ext(name)) || path.Base(name) == "Makefile")
	}) {
		fenced, number, markdown := false, 0, path.Ext(name) == ".md"
		for line := range strings.Lines(content) {
			number++
			place := fmt.Sprintf("%s:%d", name, number)
			switch comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "#"); {
			case markdown && strings.HasPrefix(line, "```"):
				fenced = !fenced
			case markdown && !fenced:
				found = append(found, passage{"Markdown", place, strings.TrimSpace(codeSpan.ReplaceAllString(line, ""))})
			case !markdown && isComment:
				found = append(found, passage{"comments", place, strings.TrimSpace(comment)})
			}
		}
	}
	return found
}

// codeSpan is quoted code in a line of Markdown.
var codeSpan = regexp.MustCompile("`[^`]*`")

// readFiles returns the contents of the project's files that keep accepts, by their path.
func readFiles(t *testing.T, keep func(name string) bool) map[string]string {
	t.Helper()
	root, contents := os.DirFS(filepath.Join("..", "..")), map[string]string{}
	require.NoError(t, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules", "bin", "dist"}, entry.Name()) {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() && keep(name) {
			content, err := fs.ReadFile(root, name)
			contents[name] = string(content)
			return err
		}
		return nil
	}))
	return contents
}

// TestProsePatternsFindTheirWords has a hit and a near miss for each pattern.
func TestProsePatternsFindTheirWords(t *testing.T) {
	for _, c := range []struct {
		refused, accepted string
	}{
		{"Nobody reads it.", "No one reads it."},
		{"It is read anew.", "It is read again."},
		{"Proxies hinder it.", "A hinterland."},
		{"A file of which the end is missing", "The file which ends"},
		{"isOld tells whether it is old", "isOld reports whether it is old"},
		{"Alexa waits until she has it", "Alexa waits. The owner has her post"},
		{"This is no error.", "There is no error. It is no longer slow."},
		{"The length is that of the body.", "The length that offers it."},
		{"It is old. What remains is new.", "What is new?"},
	} {
		t.Run(c.refused, func(t *testing.T) {
			passages := []passage{{"comments", "a.go:1", c.refused}}
			require.Len(t, proseFaults(prosePatterns, passages), 1)
			require.Empty(t, proseFaults(prosePatterns, []passage{{"comments", "a.go:1", c.accepted}}))
		})
	}
}

// TestProsePatternsAreTheGlossary holds the patterns to the prose table of docs/glossary.md.
func TestProsePatternsAreTheGlossary(t *testing.T) {
	var inGlossary, inTest []string
	for _, cells := range glossaryTable(t, "## Prose: do not write") {
		inGlossary = append(inGlossary, cells[0])
	}
	for _, p := range prosePatterns {
		inTest = append(inTest, p.row)
	}
	require.Equal(t, inGlossary, inTest, "docs/glossary.md and prosePatterns in words_test.go have the same rows")
}

// TestGlossaryIsShort holds the number of terms.
func TestGlossaryIsShort(t *testing.T) {
	terms := glossaryTable(t, "## Terms")
	require.NotEmpty(t, terms)
	require.LessOrEqual(t, len(terms), 60)
}

// glossaryTable returns the rows of the table under a heading of docs/glossary.md, without its head.
func glossaryTable(t *testing.T, heading string) (rows [][]string) {
	t.Helper()
	_, section, found := strings.Cut(document(t, "docs", "glossary.md"), heading+"\n")
	require.True(t, found, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|"); len(cells) > 1 {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	require.Greater(t, len(rows), 2)
	return rows[2:]
}

func TestIdentifiers(t *testing.T) {
	requireNoFaults(t, identifierFaults(glossaryTable(t, "## Identifiers: do not write"), readSources(t)))
}

// identifierFaults lists the declared names that a row of the glossary refuses for their package.
func identifierFaults(rows [][]string, files []sourceFile) (faults []string) {
	for _, file := range files {
		refused := map[string]string{}
		for _, row := range rows {
			if slices.ContainsFunc(strings.Split(row[0], ", "), file.belongsTo) {
				for _, name := range strings.Split(row[1], ", ") {
					refused[strings.ToLower(name)] = row[2]
				}
			}
		}
		for _, declared := range declaredNames(file.parsed) {
			if instead, ok := refused[strings.ToLower(declared.Name)]; ok {
				faults = append(faults, fmt.Sprintf("%s:%d: docs/glossary.md refuses the name %s here; write one of: %s",
					file.name, file.files.Position(declared.Pos()).Line, declared.Name, instead))
			}
		}
	}
	return faults
}

// belongsTo reports whether the file is in a package that the glossary names, or in a package below it. "tests" names
// all files with tests.
func (s sourceFile) belongsTo(name string) bool {
	dir := "internal/" + name
	if strings.HasPrefix(name, "cmd/") {
		dir = name
	}
	return name == "tests" && s.test || s.dir == dir || strings.HasPrefix(s.dir, dir+"/")
}

// declaredNames returns the names that a file declares: functions, types, fields, parameters, variables and constants.
func declaredNames(file *ast.File) (names []*ast.Ident) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			names = append(names, n.Name)
		case *ast.TypeSpec:
			names = append(names, n.Name)
		case *ast.ValueSpec:
			names = append(names, n.Names...)
		case *ast.Field:
			names = append(names, n.Names...)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if name, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					names = append(names, name)
				}
			}
		}
		return true
	})
	return names
}

// TestIdentifierRowsFindTheirNames has each kind of declaration with a refused name, and a use, which is not a declaration.
func TestIdentifierRowsFindTheirNames(t *testing.T) {
	rows := [][]string{{"feed, cmd/skill", "walk, Shelf", "backfill"}, {"tests", "rig", "harness"}}
	files := []sourceFile{
		parseSource(t, "internal/feed/crawl/a.go", "package crawl\ntype shelf struct{ walk int }\nfunc f(Walk int) { walk := 1; x.walk() }"),
		parseSource(t, "internal/other/a.go", "package other\nvar walk, rig int"),
		parseSource(t, "internal/other/a_test.go", "package other\nfunc rig() {}"),
		parseSource(t, "cmd/skill/a.go", "package main\nconst walk = 1\nvar walked int"),
	}
	require.Equal(t, []string{
		"internal/feed/crawl/a.go:2: docs/glossary.md refuses the name shelf here; write one of: backfill",
		"internal/feed/crawl/a.go:2: docs/glossary.md refuses the name walk here; write one of: backfill",
		"internal/feed/crawl/a.go:3: docs/glossary.md refuses the name Walk here; write one of: backfill",
		"internal/feed/crawl/a.go:3: docs/glossary.md refuses the name walk here; write one of: backfill",
		"internal/other/a_test.go:2: docs/glossary.md refuses the name rig here; write one of: harness",
		"cmd/skill/a.go:2: docs/glossary.md refuses the name walk here; write one of: backfill",
	}, identifierFaults(rows, files))
}

// sharedTypeNames are the exported type names that several packages may declare, because each names one concept.
var sharedTypeNames = []string{"Card", "Client", "Dialog", "Error", "Fault", "Finding", "Hub", "Options", "Problem", "Problems", "Slot", "Vendor", "Violation"}

// formatPackages mirror a foreign format, and use its names.
var formatPackages = []string{"internal/alexa/alexatest", "internal/har"}

func TestTypeNamesAreUnique(t *testing.T) {
	requireNoFaults(t, typeNameFaults(readSources(t)))
}

// typeNameFaults lists the exported types that another package declares with the same name.
func typeNameFaults(files []sourceFile) (faults []string) {
	declaredIn := map[string]string{}
	for _, file := range files {
		if file.test || slices.Contains(formatPackages, file.dir) {
			continue
		}
		for _, declaration := range file.parsed.Decls {
			group, ok := declaration.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				name := spec.(*ast.TypeSpec).Name.Name
				first, known := declaredIn[name]
				if known && first != file.dir && !slices.Contains(sharedTypeNames, name) {
					faults = append(faults, fmt.Sprintf("%s: %s also declares a type %s; rename one of the two, or add it to sharedTypeNames if both are one concept", file.name, first, name))
				}
				if ast.IsExported(name) {
					declaredIn[name] = file.dir
				}
			}
		}
	}
	return faults
}

func TestTypeNameRuleFindsEqualNames(t *testing.T) {
	require.Equal(t, []string{
		"internal/b/b.go: internal/a also declares a type Skill; rename one of the two, or add it to sharedTypeNames if both are one concept",
	}, typeNameFaults([]sourceFile{
		parseSource(t, "internal/a/a.go", "package a\ntype Skill struct{}\ntype Finding int\ntype local int"),
		parseSource(t, "internal/b/b.go", "package b\ntype (\n\tSkill int\n\tFinding int\n\tlocal int\n)"),
		parseSource(t, "internal/b/b_test.go", "package b\ntype Skill int"),
		parseSource(t, "internal/har/har.go", "package har\ntype Skill int"),
	}))
}

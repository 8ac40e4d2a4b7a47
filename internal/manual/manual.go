// Package manual renders the manual of docs for the inspector. Its links lead to other pages of the manual, so they work
// without the network. The package serves nothing itself.
package manual

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Start is the name of the chapter with the table of contents.
const Start = "README"

// A Chapter is a page of the manual.
type Chapter struct {
	Name, Title string
	HTML        template.HTML // from the program's own files; HTML inside of them is removed
}

// A Manual renders Markdown files. The zero value has none.
type Manual struct {
	Files fs.FS  // *.md
	Path  string // under which the chapters are served, such as "/manual/"

	once     sync.Once
	chapters map[string]Chapter
	err      error
}

// Chapter returns a chapter, or false if there is none with this name. It renders all chapters at the first call.
func (m *Manual) Chapter(name string) (Chapter, bool, error) {
	m.once.Do(func() { m.chapters, m.err = m.render() })
	chapter, ok := m.chapters[name]
	return chapter, ok, m.err
}

func (m *Manual) render() (map[string]Chapter, error) {
	if m.Files == nil {
		return nil, nil
	}
	names, err := fs.Glob(m.Files, "*.md")
	if err != nil {
		return nil, err
	}
	converter := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(
		parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(linkTransformer{m.Path, names}, 1000))))
	chapters := map[string]Chapter{}
	for _, file := range names {
		source, err := fs.ReadFile(m.Files, file)
		if err != nil {
			return nil, err
		}
		var page bytes.Buffer
		if err := converter.Convert(source, &page); err != nil {
			return nil, fmt.Errorf("render %s: %w", file, err)
		}
		name := strings.TrimSuffix(file, ".md")
		title, _, _ := strings.Cut(strings.TrimPrefix(string(source), "# "), "\n")
		chapters[name] = Chapter{name, title, template.HTML(page.String())} // goldmark escapes HTML
	}
	return chapters, nil
}

// RowID returns the id of the table row for a term, such as a rule. The row has the term as code.
func RowID(term string) string { return "row-" + term }

// A linkTransformer makes links work inside the program.
type linkTransformer struct {
	path  string
	names []string
}

// Transform changes links, removes images, which the program does not contain, and marks rows of tables with ids.
func (l linkTransformer) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	var links []*ast.Link
	var images, terms []ast.Node
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node := node.(type) {
		case *ast.Link:
			if entering {
				links = append(links, node)
			}
		case *ast.Image:
			if entering {
				images = append(images, node)
			}
		case *ast.CodeSpan:
			if entering {
				terms = append(terms, node)
			}
		}
		return ast.WalkContinue, nil
	})
	used := map[string]bool{}
	for _, firstCell := range []bool{true, false} { // a row is about the term in its first cell
		for _, term := range terms {
			markTerm(term, reader.Source(), used, firstCell)
		}
	}
	for _, link := range links {
		l.changeLink(link)
	}
	for _, image := range images {
		image.Parent().RemoveChild(image.Parent(), image)
	}
}

// termPattern matches terms that get an id: rules and keys.
var termPattern = regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)

// markTerm gives the code of a term in a table an id, if the cell is the first one as wanted, or has nothing else.
func markTerm(code ast.Node, source []byte, used map[string]bool, firstCell bool) {
	cell, ok := code.Parent().(*extast.TableCell)
	if !ok || (cell.PreviousSibling() == nil) != firstCell || !firstCell && cell.ChildCount() > 1 {
		return
	}
	if _, header := cell.Parent().(*extast.TableHeader); header {
		return
	}
	var content strings.Builder
	for child := code.FirstChild(); child != nil; child = child.NextSibling() {
		if part, ok := child.(*ast.Text); ok {
			content.Write(part.Segment.Value(source))
		}
	}
	term := content.String()
	if termPattern.MatchString(term) && !used[term] {
		used[term] = true
		code.SetAttributeString("id", []byte(RowID(term)))
	}
}

// changeLink leads a link to a chapter. A link to the network stays. A link to another file of the repository becomes text,
// because the program does not contain the file.
func (l linkTransformer) changeLink(link *ast.Link) {
	target, err := url.Parse(string(link.Destination))
	switch {
	case err == nil && target.IsAbs():
		link.SetAttributeString("rel", []byte("noopener noreferrer"))
		link.SetAttributeString("referrerpolicy", []byte("no-referrer"))
	case err == nil && target.Path == "":
	case err == nil && slices.Contains(l.names, target.Path):
		target.Path = l.path + strings.TrimSuffix(target.Path, ".md")
		link.Destination = []byte(target.String())
	default:
		parent := link.Parent()
		for child := link.FirstChild(); child != nil; child = link.FirstChild() {
			link.RemoveChild(link, child)
			parent.InsertBefore(parent, link, child)
		}
		parent.RemoveChild(parent, link)
	}
}

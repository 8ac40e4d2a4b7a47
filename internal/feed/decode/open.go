package decode

import (
	"slices"
	"strings"
)

// maxKnownNames limits how many names are stored that do not have an open element.
const maxKnownNames = 256

// openElements holds the names of the open elements.
type openElements struct {
	stack []openElement
	names []byte                  // the names of the stack, one after the other
	known map[string]*elementName // by lower-case name
	lower []byte                  // the latest lower-case name
}

type openElement struct {
	start int // where the name starts in names
	name  *elementName
}

// elementName is a name without regard to case.
type elementName struct {
	lower string
	count int // number of open elements
}

func (o *openElements) isEmpty() bool { return len(o.stack) == 0 }

func (o *openElements) push(name []byte) {
	n := o.lookup(name)
	if n == nil {
		if o.known == nil {
			o.known = map[string]*elementName{}
		}
		n = &elementName{lower: string(o.lower)}
		o.known[n.lower] = n
	}
	n.count++
	o.stack = append(o.stack, openElement{len(o.names), n})
	o.names = append(o.names, name...)
}

// lookup returns the known name, or nil.
func (o *openElements) lookup(name []byte) *elementName {
	o.lower = o.lower[:0]
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		o.lower = append(o.lower, c)
	}
	return o.known[string(o.lower)]
}

// pop removes the innermost element.
func (o *openElements) pop() {
	last := o.stack[len(o.stack)-1]
	o.names, o.stack = o.names[:last.start], o.stack[:len(o.stack)-1]
	if last.name.count--; last.name.count == 0 && len(o.known) > maxKnownNames {
		delete(o.known, last.name.lower)
	}
}

// closeBefore removes the innermost element if an element with a name cannot be in it, and appends its end tag to dst.
// Without this, all items after "<atom:link>" without an end tag would be lost.
func (o *openElements) closeBefore(dst, name []byte) []byte {
	if o.isEmpty() {
		return dst
	}
	innermost := o.stack[len(o.stack)-1].name.lower
	_, local, found := strings.Cut(innermost, ":")
	if !found {
		local = innermost
	}
	repeats := (local == "item" || local == "entry") && strings.EqualFold(innermost, string(name))
	if !repeats && !slices.Contains(leafElements, local) {
		return dst
	}
	return o.closeElement(dst, []byte(innermost))
}

// leafElements are the local names of elements that never contain an element, in feeds and in HTML.
var leafElements = []string{
	"link", "enclosure", "thumbnail", "cloud", "guid", "pubdate", "br", "hr", "img", "input", "meta", "wbr",
}

// closeElement removes the innermost element with a name and all elements within it, and appends their end tags to dst.
// Without such an element, it does nothing. Names that differ in case are the same.
func (o *openElements) closeElement(dst, name []byte) []byte {
	n := o.lookup(name)
	if n == nil || n.count == 0 {
		return dst
	}
	for rest := n.count - 1; n.count > rest; o.pop() {
		last := o.names[o.stack[len(o.stack)-1].start:]
		dst = append(append(append(dst, "</"...), last...), '>')
	}
	return dst
}

// Package sangkien holds the words and the rules of Sáng Kiến: members submit ideas to campaigns in chat,
// organisers and councils decide, everyone hears what became of it.
//
// Everything in the product does three things: load what a decision needs, decide in a pure function
// that returns plain data, and commit that data in one transaction. This package is the middle: it
// imports nothing but the pure part of the standard library, and reads no clock, no dice, no file.
package sangkien

/* The list of denied programs, linked into the program as it is. */
    .section .rodata
    .global npuscope_denylist_begin
    .global npuscope_denylist_end
npuscope_denylist_begin:
    .incbin "denylist.txt"
npuscope_denylist_end:
    .section .note.GNU-stack,"",%progbits

/* The files of /proc that a reading is made of, wherever it is made. */
#ifndef CT_IO_PROC_FILES_H
#define CT_IO_PROC_FILES_H

enum { CT_PROC_FILES = 9 };
extern const char *const ct_proc_files[CT_PROC_FILES];

#endif

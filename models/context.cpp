#include "models/context.h"

namespace anesim::models {

FreshContext::FreshContext()
    : before_(sc_core::sc_curr_simcontext),
      before_global_(sc_core::sc_default_global_context),
      own_(new sc_core::sc_simcontext) {
  sc_core::sc_curr_simcontext = own_;
  sc_core::sc_default_global_context = own_;
}

FreshContext::~FreshContext() {
  delete own_;
  sc_core::sc_curr_simcontext = before_;
  sc_core::sc_default_global_context = before_global_;
}

}  // namespace anesim::models

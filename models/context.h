// A fresh SystemC context, so that one process can simulate several machines one after the other
// (a comparison of two devices, the tests). The old context is deleted after its modules.
#pragma once

#include <systemc>

namespace anesim::models {

class FreshContext {
 public:
  FreshContext();
  ~FreshContext();
  FreshContext(const FreshContext&) = delete;
  FreshContext& operator=(const FreshContext&) = delete;

 private:
  sc_core::sc_simcontext* before_;
  sc_core::sc_simcontext* before_global_;
  sc_core::sc_simcontext* own_;
};

}  // namespace anesim::models
